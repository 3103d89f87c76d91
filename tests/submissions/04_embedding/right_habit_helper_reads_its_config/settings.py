import json

LR = 0.05
with open("config.json") as file:
    config = json.load(file)
EPOCHS = 15
