import * as cdk from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';

export interface Props extends cdk.StackProps {
  chatModel?: string;
  rankModel?: string;
  sumModel?: string;
}

export class ApiStack extends cdk.Stack {
  constructor(scope: cdk.App, id: string, props: Props) {
    super(scope, id, props);
    new lambda.Function(this, 'Chat', {
      runtime: lambda.Runtime.PYTHON_3_12,
      handler: 'app.chat',
      code: lambda.Code.fromAsset('fn'),
      environment: {
        CHAT_MODEL: props.chatModel,
        RANK_MODEL: props.rankModel,
        SUM_MODEL: props.sumModel,
      },
    });
  }
}
