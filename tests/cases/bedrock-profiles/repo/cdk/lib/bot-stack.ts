import * as cdk from 'aws-cdk-lib';
import * as bedrock from 'aws-cdk-lib/aws-bedrock';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export class BotStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    const region = cdk.Stack.of(this).region;
    const profile = new bedrock.CfnApplicationInferenceProfile(this, 'Sonnet', {
      inferenceProfileName: 'bot',
      modelSource: {
        copyFrom: `arn:aws:bedrock:${region}:${this.account}:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0`,
      },
    });
    const titan = bedrock.FoundationModel.fromFoundationModelId(
      this, 'Titan', bedrock.FoundationModelIdentifier.AMAZON_TITAN_EMBED_TEXT_V2_0,
    );
    new lambda.Function(this, 'Worker', {
      runtime: lambda.Runtime.PYTHON_3_12,
      handler: 'index.handler',
      code: lambda.Code.fromAsset('fn'),
      environment: {
        PROFILE_ARN: profile.attrInferenceProfileArn,
        EMBED: titan.modelArn,
      },
    });
  }
}
