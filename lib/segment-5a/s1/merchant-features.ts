import type { Table } from '../../tables/columns.ts';
import { cell, dataFault } from '../frame/segment-failure.ts';
import { i32Values, strings, textOf, u64Values } from '../frame/table-access.ts';
import { type MerchantClassPolicy, sectorsByCode } from '../policies/merchant-class.ts';
import {
  type ChannelGroup,
  channelGroups,
  type DemandClass,
  demandClasses,
  type VirtualMode,
  virtualModes,
} from '../vocabulary.ts';

/** What is known of each merchant, in the order of the merchants table. */
export type MerchantFeatures = {
  readonly indexOf: ReadonlyMap<bigint, number>;
  readonly channelGroup: readonly ChannelGroup[];
  readonly virtualMode: readonly VirtualMode[];
  readonly demandClass: readonly DemandClass[];
  readonly classSource: readonly string[];
};

/**
 * Classifies every merchant: a virtual one by its mode, another by its channel group and the sector of
 * its category code. Throws `S1_FEATURE_DERIVATION_FAILED` (65) on an unmapped code, a merchant without
 * virtual mode, or a repeated merchant.
 */
export function deriveMerchantFeatures(
  merchants: Table,
  virtualClassification: Table,
  policy: MerchantClassPolicy,
): MerchantFeatures {
  const ids = u64Values(merchants, 'merchant_id');
  const codes = i32Values(merchants, 'mcc');
  const channels = strings(merchants, 'channel');
  const modes = modesByMerchant(virtualClassification);
  const sectors = sectorsByCode(policy);
  const indexOf = new Map<bigint, number>();
  const channelGroup: ChannelGroup[] = [];
  const virtualMode: VirtualMode[] = [];
  const demandClass: DemandClass[] = [];
  const classSource: string[] = [];
  for (const [row, id] of ids.entries()) {
    if (indexOf.has(id)) fault('merchants', row, 'merchant_id', String(id), 'a merchant stands twice');
    indexOf.set(id, row);
    const group = wordAt(channelGroups, textOf(channels, row), 'merchants', row, 'channel');
    const mode = modes.get(id);
    if (mode === undefined) {
      return fault(
        'merchants',
        row,
        'merchant_id',
        String(id),
        'virtual_classification has no row for the merchant',
      );
    }
    const code = codes[row] ?? -1;
    const sector = sectors.get(code);
    if (sector === undefined) {
      return fault(
        'merchants',
        row,
        'mcc',
        String(code).padStart(4, '0'),
        'no sector has this category code',
      );
    }
    channelGroup.push(group);
    virtualMode.push(mode);
    demandClass.push(mode === 'NON_VIRTUAL' ? sector.classes[group] : policy.virtual_classes[mode]);
    classSource.push(
      mode === 'NON_VIRTUAL' ? `nonvirtual_branch.${group}.${sector.sector}` : 'virtual_branch',
    );
  }
  for (const [row, id] of u64Values(virtualClassification, 'merchant_id').entries()) {
    if (indexOf.has(id)) continue;
    fault('virtual_classification', row, 'merchant_id', String(id), 'merchants has no such merchant');
  }
  return { indexOf, channelGroup, virtualMode, demandClass, classSource };
}

/** Position of a class in the catalogue, by which ties are decided. */
export const catalogueOrder: ReadonlyMap<DemandClass, number> = new Map(
  demandClasses.map((name, index) => [name, index]),
);

function modesByMerchant(table: Table): ReadonlyMap<bigint, VirtualMode> {
  const column = strings(table, 'virtual_mode');
  const modes = new Map<bigint, VirtualMode>();
  for (const [row, id] of u64Values(table, 'merchant_id').entries()) {
    if (modes.has(id))
      fault('virtual_classification', row, 'merchant_id', String(id), 'a merchant stands twice');
    modes.set(id, wordAt(virtualModes, textOf(column, row), 'virtual_classification', row, 'virtual_mode'));
  }
  return modes;
}

function wordAt<Word extends string>(
  words: readonly Word[],
  text: string,
  table: string,
  row: number,
  column: string,
): Word {
  const word = words.find((one) => one === text);
  return word ?? fault(table, row, column, text, `is none of ${words.join(', ')}`);
}

function fault(table: string, row: number, column: string, value: string, message: string): never {
  return dataFault({
    code: 'S1_FEATURE_DERIVATION_FAILED',
    message: `${table}: ${message}`,
    where: cell(table, row, column),
    value,
    remedy: 'Correct the row in the world, or map the value in merchant_class.yaml.',
  });
}
