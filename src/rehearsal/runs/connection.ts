// Settings of the AWS SDK's clients that talk to moto, with invented credentials.
import '../../session/aws/account/clients';

export const region = 'us-east-1';
export const credentials = { accessKeyId: 'rehearsal', secretAccessKey: 'rehearsal' };

/** Returns the settings of any client; only S3's reads `forcePathStyle`. */
export function connection(url: string) {
  return { endpoint: url, region, credentials, forcePathStyle: true };
}
