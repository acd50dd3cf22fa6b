from telegram.ext import ApplicationBuilder, CommandHandler, MessageHandler, filters
from ai import Assistant
assistant = Assistant()
async def reply(update, context):
    await assistant.answer(update.message.text)
def main():
    app = ApplicationBuilder().token("x").build()
    app.add_handler(MessageHandler(filters.TEXT, reply))
    app.run_polling()
if __name__ == "__main__":
    main()
