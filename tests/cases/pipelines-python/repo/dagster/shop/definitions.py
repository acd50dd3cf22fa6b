from dagster import ConfigurableResource, Definitions, EnvVar, asset
from openai import OpenAI


class Writer(ConfigurableResource):
    model: str = "gpt-3.5-turbo"
    api_key: str

    def write(self, text):
        return OpenAI(api_key=self.api_key).responses.create(model=self.model, input=text)


@asset
def blurbs(writer: Writer):
    return writer.write("blurb")


defs = Definitions(assets=[blurbs], resources={"writer": Writer(model="gpt-4o", api_key=EnvVar("WRITER_API_KEY"))})
