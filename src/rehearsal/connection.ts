// How the rehearsal's own clients reach moto: credentials that open nothing.
import '../session/aws/account/quiet';

export const region = 'us-east-1';
export const credentials = { accessKeyId: 'rehearsal', secretAccessKey: 'rehearsal' };

/** For any client of the AWS SDK's; `forcePathStyle` is S3's. */
export function connection(url: string) {
  return { endpoint: url, region, credentials, forcePathStyle: true };
}
