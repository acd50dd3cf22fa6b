from django.urls import path
from chat.views import Ask
urlpatterns = [path("chat/", Ask.as_view())]
