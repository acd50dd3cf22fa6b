def health(request):
    return "fine"


def on_question(request):
    from service.chain import chain

    return chain.invoke({"question": request.json["question"]})
