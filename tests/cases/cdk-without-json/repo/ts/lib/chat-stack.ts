import { Stack, StackProps } from 'aws-cdk-lib';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Construct } from 'constructs';
import * as path from 'path';

export class ChatStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);
    new NodejsFunction(this, 'TsChat', {
      entry: path.join(__dirname, '../lambda/chat.ts'),
      environment: { CHAT_MODEL: 'gpt-4o-mini' },
    });
  }
}
