from reporting import summarise


def handler(event, context):
    return summarise(event["rows"])
