from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor

from models import Chat


def evaluate(model, data, args):
    def process(item):
        try:
            return model(item)
        except Exception:
            return None

    with ThreadPoolExecutor(max_workers=args.parallel) as executor:
        futures = {executor.submit(process, item): item for item in data}
        for future in futures:
            future.result()


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("--kind", default="hf")
    parser.add_argument("--model", default="gpt-4o")
    arguments = parser.parse_args()

    if arguments.kind == "hf":
        model = None
    elif arguments.kind == "openai":
        model = Chat(arguments.model)
    else:
        raise ValueError(arguments.kind)
    evaluate(model, [1, 2], arguments)
