"""The formats in words, for `modelguard formats` and the README: one entry for everything that an extractor recognises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """One format: the registry's reader (`format`) that knows it, its files, what is taken from it and what is not."""

    format: str
    title: str
    files: str
    reads: str
    limits: str


DESCRIBED: tuple[Described, ...] = (
    Described(
        "python",
        "Python",
        "*.py",
        "settings objects, constants, wrappers, classes, environment look-ups and the calls of the client catalogue",
        "nothing is imported or run; values from databases and command lines are unresolved",
    ),
    Described(
        "typescript",
        "TypeScript and JavaScript",
        "*.ts, *.tsx, *.mts, *.cts, *.js, *.jsx, *.mjs, *.cjs",
        "process.env with its fallbacks, constants, objects, classes, wrappers, zod, envalid and t3-env schemas, convict,"
        " node-config and nconf, NestJS's container, ESM and CommonJS, tsconfig paths, workspaces, package.json scripts, routes"
        " of web frameworks, the client catalogue",
        "types count only where they name a class; modules that are found by listing a folder are not seen; dist, vendor,"
        " node_modules, *.min.js and *.d.ts are passed over",
    ),
    Described(
        "notebook",
        "Jupyter notebooks",
        "*.ipynb",
        "the code cells, in order, as one program",
        "outputs, magics and cells in other languages are passed over; lines are those of the file",
    ),
    Described(
        "shell",
        "Shell scripts",
        "*.sh, *.bash",
        "the programs that a consumer's script starts, with the options and exported variables that it gives them; commands that"
        " ask a model themselves (claude, codex, gemini, llm, aider, ollama, vllm); Python in `python -c` and in here-documents",
        "nothing is expanded beyond `${NAME:-default}`; conditions and loops are not evaluated",
    ),
    Described(
        "yaml",
        "YAML and JSON configuration",
        "*.yaml, *.yml, *.json",
        "every key, with anchors and merge keys",
        "templates ({{ … }}) are not rendered; 200,000 values a file",
    ),
    Described(
        "yaml",
        "Kubernetes",
        "*.yaml, *.yml, *.json",
        "workloads and their init containers: env, envFrom, ConfigMap, Secret, files that are mounted from them, command and"
        " args, the image's Dockerfile; External Secrets",
        "what controllers add is not followed",
    ),
    Described(
        "yaml",
        "Kustomize",
        "kustomization.yaml, kustomization.yml, Kustomization",
        "bases, overlays and components: strategic and JSON patches, generated ConfigMaps and Secrets, replacements; a"
        " deployment for each outermost overlay",
        "remote bases and plugins are not followed; replacements of a part of a value are not",
    ),
    Described(
        "yaml",
        "Helm",
        "Chart.yaml with templates, values.yaml, values-*.yaml",
        "templates put together without running them: if, with, range, include, tpl, toYaml and 90 functions, subcharts; a"
        " deployment for each values file beside values.yaml",
        "--set, values files from elsewhere and charts that are fetched are not known; functions that are not known are open",
    ),
    Described(
        "yaml",
        "Serverless Framework",
        "serverless.yml, serverless.yaml, serverless.json, serverless.ts, serverless.js",
        "functions with the provider's and their own environment, ${self:}, ${env:}, ${opt:}, ${sls:}, ${param:}, ${file()},"
        " ${ssm:}, ${cf:} of templates in the tree, stages, images with the handler that they are given",
        "programs in ${file()} and stacks from elsewhere are open",
    ),
    Described(
        "typescript",
        "AWS CDK",
        "what cdk.json runs, in Python or TypeScript",
        "Function, NodejsFunction, PythonFunction, DockerImageFunction, ECS containers: props through constructs, shared"
        " environments, addEnvironment, context, parameters, secrets put in at deployment; a loop over stages deploys each",
        "of several loops at the top level the first one counts; other languages and other constructs are not followed",
    ),
    Described(
        "yaml",
        "CloudFormation and SAM",
        "*.yaml, *.yml, *.json, *.template, samconfig.toml",
        "Globals, Parameters, Mappings, Conditions, Ref, Sub, Join, Split, Select, FindInMap, If, ImportValue with Outputs,"
        " Fn::ForEach, nested stacks both ways, layers, dynamic references, overrides in samconfig; Lambda functions (zip and"
        " image, cdk.out assets) and ECS task definitions",
        "Fn::Transform, macros and what a deployment is given are unresolved",
    ),
    Described(
        "yaml",
        "Step Functions",
        "*.asl.json, *.asl.yaml, definitions in CloudFormation, SAM and Terraform, tasks in CDK",
        "tasks that ask Bedrock, in branches and maps too, with what is put in; payloads that Lambda functions are handed",
        "what is taken from a state's input, also by JSONata, is open; a CDK task goes by its own id",
    ),
    Described(
        "yaml",
        "Compose",
        "*.yaml, *.yml",
        "services: environment, env_file, interpolation with defaults and with what a workflow's job that starts them has,"
        " extends, include, override files, files of one environment, mounted files and secrets, build to Dockerfile, command,"
        " entrypoint, replicas; workers of Prefect, Airflow and Dagster with the flows that lie in them",
        "which of several files are used together is taken from their names",
    ),
    Described(
        "workflow",
        "GitHub Actions",
        ".github/workflows/*.yml, action.yml",
        "env at every level, each step by itself, secrets, inputs with defaults, matrix, run steps that start a program or ask a"
        " model; actions of the tree (Node, composite, image) with what each step gives them; known actions that ask a model"
        " (claude-code-action, codex-action, run-gemini-cli, ai-inference and others); workflows of the tree that jobs use",
        "other actions and workflows from elsewhere are not followed; what a step writes to GITHUB_ENV is open",
    ),
    Described(
        "yaml",
        "LiteLLM proxy",
        "*.yaml, *.yml",
        "model_list with groups, model_group_alias, wildcards, fallbacks of every kind",
        "includes and settings in a database are not seen",
    ),
    Described(
        "yaml",
        "Other gateways",
        "*.yaml, *.yml, *.json",
        "MLflow AI Gateway's endpoints, Kong's ai-proxy plugins, routes of Envoy AI Gateway: the model that each name reaches;"
        " models in Portkey's configs",
        "which client goes through which gateway is taken from the name that it asks for",
    ),
    Described(
        "python",
        "Kubeflow",
        "pipelines in Python, compiled pipelines (*.yaml)",
        "components and container components with what the pipeline hands them, environment, secrets; compiled pipelines by their"
        " containers",
        "outputs of one step as the model of another, loops and conditions are open",
    ),
    Described(
        "python",
        "Airflow",
        "DAGs in Python",
        "tasks of functions (TaskFlow, PythonOperator with op_args and op_kwargs), pods, containers and commands; params,"
        " Variables, connections, templates that are one reference",
        "Variables and connections are known where Airflow runs; other templates are texts",
    ),
    Described(
        "python",
        "Other pipelines",
        "Dagster, Prefect, Metaflow, Flyte, Kedro, ZenML, SageMaker Pipelines in Python",
        "EnvVar, resources and run config of Dagster; deployments of Prefect; Parameters of Metaflow; nodes of Kedro with conf/base"
        " and conf/local; steps of SageMaker with arguments and environment; tasks by what their flow hands them",
        "run configuration that is given when a run starts is open",
    ),
    Described(
        "terraform",
        "Terraform, OpenTofu and Terragrunt",
        "*.tf, *.tofu, terragrunt.hcl",
        "variables, locals, local modules, for_each, count, dynamic blocks, for expressions, functions such as"
        " yamldecode(file()); Lambda (also terraform-aws-modules/lambda), ECS, Batch, App Runner, Cloud Run, Cloud Functions,"
        " Container Apps, Azure functions, kubernetes_*, state machines; templatefile; workspaces and tfvars as"
        " environments; secrets read at plan time or by reference",
        "other registry modules are open; nothing is planned",
    ),
    Described(
        "yaml",
        "Terraform plans",
        "*.json as `terraform show -json` writes it",
        "what the variables were given; where the configuration is not beside it, Lambda functions and ECS tasks as planned",
        "other resources of a plan without its configuration are not read",
    ),
    Described(
        "tfvars",
        "Terraform variables",
        "*.tfvars",
        "what variables of the folder are set to; a file other than terraform.tfvars and *.auto.tfvars is an environment, for"
        " which everything is deployed once",
        "combinations of files are not known: common.tfvars and the like are laid under the others",
    ),
    Described(
        "yaml",
        "Platforms",
        "app.yaml, render.yaml, langgraph.json, .chalice/config.json, Copilot manifests, Argo Workflows, Knative,"
        " prefect.yaml, vercel.json, devcontainer.json",
        "what each runs, with its variables; stages of Chalice and Copilot",
        "the common form only: what a file takes in from others and what the platform adds is open",
    ),
    Described(
        "workflow",
        "Other pipelines of CI",
        ".gitlab-ci.yml, .circleci/config.yml, azure-pipelines.yml, Tekton tasks",
        "jobs with their variables at every level and what their steps run; extends, commands and macros of the file",
        "templates, orbs and includes are not followed; variables that are kept in the service are open",
    ),
    Described(
        "bicep",
        "Bicep and azd",
        "*.bicep, *.bicepparam, *.parameters.json, azure.yaml",
        "parameters with their files (each a deployment) and what azd puts in, variables, modules of the tree and of the public"
        " registry for container apps, sites and Azure OpenAI; their settings, secrets by reference, the code that azure.yaml"
        " hosts in them, deployments of models",
        "other registry modules, ARM templates in JSON and outputs of deployed resources are open; conditions are not evaluated",
    ),
    Described(
        "procfile",
        "Procfile",
        "Procfile",
        "each process and what its command runs",
        "variables are set in the platform",
    ),
    Described(
        "toml",
        "Fly, Cloudflare Workers",
        "fly.toml, wrangler.toml",
        "variables, processes, the Worker's main file, its environments",
        "secrets are set in the platform; what a Worker's handler is given as `env` is open",
    ),
    Described(
        "jsonc",
        "JSON with comments",
        "*.jsonc",
        "the variables, environments and the main file of a Worker's wrangler.jsonc; every key of others",
        "secrets are set in the platform",
    ),
    Described(
        "toml",
        "TOML",
        "*.toml",
        "every key; the console scripts of a pyproject.toml",
        "a value that is not on its key's line goes by its table's line",
    ),
    Described(
        "setup.cfg",
        "setup.cfg",
        "setup.cfg",
        "the console scripts that setuptools installs",
        "those of a setup.py are read where they are written out",
    ),
    Described(
        "ini",
        "INI",
        "*.ini, *.cfg, *.conf",
        "every entry of a section, as configparser takes it",
        "`%(name)s` and `${name}` are left open",
    ),
    Described(
        "dotenv",
        "dotenv",
        ".env, .env.*, *.env, env.example, .env-sample, .envrc, .dev.vars",
        "what loaders and Compose take from them; an example file stands for a .env that is not committed, marked likely",
        "`${NAME}` inside a value is left open",
    ),
    Described(
        "dockerfile",
        "Dockerfile",
        "Dockerfile, Dockerfile.*, *.Dockerfile, Containerfile",
        "CMD, ENTRYPOINT, WORKDIR, ENV, COPY and the stages they come from; the handler of an image for AWS Lambda",
        "what RUN does is not seen",
    ),
)
