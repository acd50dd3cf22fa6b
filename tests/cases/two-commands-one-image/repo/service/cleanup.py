print("nothing about models here")
