import asyncio

from asking import answered_by, summarised, timed


@answered_by("gpt-4o-mini")
def joke(topic):
    return f"A joke about {topic}"


class Critic:
    @answered_by(model="gpt-4o")
    def review(self, text):
        return f"Review {text}"


@timed
@summarised
def digest(text):
    return text


@answered_by("gpt-4.1")
def unused(text):
    return text


if __name__ == "__main__":
    print(joke("cats"), Critic().review("a book"))
    asyncio.run(digest("long"))
