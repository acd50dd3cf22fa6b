def handler(event, context):
    return {"deleted": len(event["keys"])}
