from django.urls import path

from shop.views import Describe

urlpatterns = [path("describe/", Describe.as_view())]
