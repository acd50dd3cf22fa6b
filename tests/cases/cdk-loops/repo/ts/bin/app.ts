import * as cdk from 'aws-cdk-lib';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';

class PagesStack extends cdk.Stack {
  constructor(scope: cdk.App, id: string) {
    super(scope, id);
    for (const page of ['home', 'about']) {
      new NodejsFunction(this, `${page}-page`, {
        entry: `src/${page}.ts`,
        environment: { PAGE_MODEL: 'gpt-4.1-nano' },
      });
    }
  }
}

new PagesStack(new cdk.App(), 'Pages');
