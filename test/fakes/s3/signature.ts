import { createHash, createHmac } from 'node:crypto';
import type { S3Request } from './request.ts';

export type SignatureFault =
  | 'AccessDenied'
  | 'AuthorizationHeaderMalformed'
  | 'InvalidAccessKeyId'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch'
  | 'XAmzContentSHA256Mismatch';

const pattern =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([a-f0-9]{64})$/;
const tolerance = 15 * 60_000;

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

/** What is wrong with the signature of a request (Signature Version 4), or `undefined` when nothing is. */
export function signatureFault(
  request: S3Request,
  region: string,
  secretOf: (accessKeyId: string) => string | undefined,
  now: number,
): SignatureFault | undefined {
  const { headers, method, rawPath, rawQuery, body } = request;
  const [whole, accessKeyId = '', day = '', scopeRegion = '', signed = '', signature] =
    pattern.exec(headers.authorization ?? '') ?? [];
  if (whole === undefined) return 'AccessDenied';
  const secret = secretOf(accessKeyId);
  if (secret === undefined) return 'InvalidAccessKeyId';
  if (scopeRegion !== region) return 'AuthorizationHeaderMalformed';
  const stamp = headers['x-amz-date'] ?? '';
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!stamp.startsWith(day) || !(Math.abs(now - at) <= tolerance)) return 'RequestTimeTooSkewed';
  const names = signed.split(';');
  if (!names.includes('host') || !names.includes('x-amz-content-sha256')) return 'SignatureDoesNotMatch';
  const canonical = [
    method,
    rawPath,
    rawQuery
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => (pair.includes('=') ? pair : `${pair}=`))
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    signed,
    headers['x-amz-content-sha256'] ?? '',
  ].join('\n');
  const scope = `${day}/${scopeRegion}/s3/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), scopeRegion), 's3'), 'aws4_request');
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  if (createHmac('sha256', key).update(text).digest('hex') !== signature) return 'SignatureDoesNotMatch';
  const announced = headers['x-amz-content-sha256'];
  const isSigned = announced !== 'UNSIGNED-PAYLOAD';
  return isSigned && announced !== sha256(body) ? 'XAmzContentSHA256Mismatch' : undefined;
}
