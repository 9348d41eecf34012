"""Converse through boto3: texts, limits, tools, pictures, documents, schemas."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from .requests import NOVA, TOOLS, converse, text_of, user


@pytest.fixture
def nova(client: Any) -> Any:
    return client()


def picture(digits: str, size: int = 48) -> bytes:
    canvas = Image.new("RGB", (60 + 40 * len(digits), 100), "white")
    font = ImageFont.load_default(size)
    ImageDraw.Draw(canvas).text((20, 20), digits, fill="black", font=font)
    file = io.BytesIO()
    canvas.save(file, "PNG")
    return file.getvalue()


def test_it_answers_with_text_usage_and_the_simulated_header(nova: Any) -> None:
    answer = converse(nova, "What is the capital of Portugal? Answer in one short sentence.")
    assert "Lisbon" in text_of(answer)
    assert answer["stopReason"] == "end_turn"
    usage = answer["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] > 2
    assert answer["metrics"]["latencyMs"] >= 1
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-homologa-simulated"] == "true"


def test_arithmetic_answers_follow_the_numbers_in_the_question(nova: Any) -> None:
    text = text_of(
        converse(
            nova,
            "Answer each question with the number only, one per line.\n"
            "1) What is 23 * 19?\n2) What is 132 / 11 + 6?\n"
            "3) Rui has 21 coins. He gives 8 to Eva and then buys 3 packs of 7. How many coins "
            "does he have now?\n"
            "4) A bus leaves at 09:55 and arrives at 12:10. How many minutes does the trip take?",
        )
    )
    assert text == "1) 437\n2) 18\n3) 34\n4) 135"


def test_a_stop_sequence_cuts_the_text_before_it(nova: Any) -> None:
    answer = converse(
        nova,
        "Write the numbers from 1 to 10 in digits, separated by single spaces.",
        inferenceConfig={"stopSequences": ["7"]},
    )
    assert answer["stopReason"] == "stop_sequence"
    assert text_of(answer).split() == ["1", "2", "3", "4", "5", "6"]


def test_max_tokens_cuts_a_story_at_exactly_that_many(nova: Any) -> None:
    story = "Write a story of at least five hundred words about a lighthouse keeper."
    cut = converse(nova, story, inferenceConfig={"maxTokens": 32})
    assert (cut["stopReason"], cut["usage"]["outputTokens"]) == ("max_tokens", 32)
    whole = converse(nova, story)
    assert whole["stopReason"] == "end_turn"
    assert len(text_of(whole).split()) >= 500
    assert text_of(whole).startswith(text_of(cut))


def test_the_system_prompt_and_earlier_turns_are_obeyed(nova: Any) -> None:
    system = [{"text": "Whatever the user says, answer with exactly one word: JANELA."}]
    assert text_of(converse(nova, "Hello! How are you?", system=system)) == "JANELA"
    turns = [
        user("My locker code is 9073. Remember it."),
        {"role": "assistant", "content": [{"text": "I will remember it."}]},
        user("What is my locker code? Answer with the number only."),
    ]
    assert text_of(nova.converse(modelId=NOVA, messages=turns)) == "9073"


def test_a_line_is_repeated_with_every_accent_and_symbol(nova: Any) -> None:
    line = "São João comeu pão — ção, ñ, 東京, 🚲 €"
    assert (
        text_of(converse(nova, f"Repeat the following line exactly, and nothing else:\n{line}"))
        == line
    )


@pytest.mark.parametrize(
    ("ending", "paid"), [("and has already paid", True), ("but has not paid", False)]
)
def test_an_order_becomes_json_by_prompt_or_by_schema(nova: Any, ending: str, paid: bool) -> None:
    order = f"Order: Ana Reis bought 4 lamps and 11 blue mugs {ending}."
    expected = {
        "customer": "Ana Reis",
        "items": [{"name": "lamps", "quantity": 4}, {"name": "blue mugs", "quantity": 11}],
        "paid": paid,
    }
    assert (
        json.loads(text_of(converse(nova, f"Give the facts as one JSON object. {order}")))
        == expected
    )
    schema = {
        "type": "object",
        "properties": {"customer": {"type": "string"}, "paid": {"type": "boolean"}},
    }
    output = {
        "textFormat": {
            "type": "json_schema",
            "structure": {"jsonSchema": {"schema": json.dumps(schema), "name": "order"}},
        }
    }
    answer = converse(
        nova,
        f"Give the facts of this order. {order}",
        model="mistral.ministral-3-14b-instruct",
        outputConfig=output,
    )
    assert json.loads(text_of(answer)) == {"customer": "Ana Reis", "paid": paid}


def test_a_tool_is_called_and_its_result_is_in_the_answer(nova: Any) -> None:
    question = user("What is the weather in São José dos Campos right now, in fahrenheit?")
    first = nova.converse(modelId=NOVA, messages=[question], toolConfig=TOOLS)
    assert first["stopReason"] == "tool_use"
    use = first["output"]["message"]["content"][0]["toolUse"]
    assert use["name"] == "get_weather"
    assert use["input"] == {"city": "São José dos Campos", "unit": "fahrenheit"}
    result = {"toolUseId": use["toolUseId"], "content": [{"json": {"temperature": 63}}]}
    turns = [
        question,
        first["output"]["message"],
        {"role": "user", "content": [{"toolResult": result}]},
    ]
    final = nova.converse(modelId=NOVA, messages=turns, toolConfig=TOOLS)
    assert final["stopReason"] == "end_turn"
    assert "63" in text_of(final)


def test_two_cities_make_two_calls_in_one_turn(nova: Any) -> None:
    answer = converse(
        nova,
        "Look up the weather in Recife and in Manaus, in celsius. Call the tool for both.",
        toolConfig=TOOLS,
    )
    uses = [block["toolUse"] for block in answer["output"]["message"]["content"]]
    assert [use["input"]["city"] for use in uses] == ["Recife", "Manaus"]
    assert uses[0]["toolUseId"] != uses[1]["toolUseId"]


def test_another_question_calls_the_other_tool_or_none(nova: Any) -> None:
    money = converse(nova, "Convert 25.5 USD to BRL with a tool.", toolConfig=TOOLS)
    use = money["output"]["message"]["content"][0]["toolUse"]
    assert (use["name"], use["input"]) == (
        "convert_currency",
        {"amount": 25.5, "source": "USD", "target": "BRL"},
    )
    assert converse(nova, "What is 6 * 7?", toolConfig=TOOLS)["stopReason"] == "end_turn"


@pytest.mark.parametrize(
    ("digits", "size"), [("4096", 48), ("1117", 32), ("73052", 64), ("886", 20)]
)
def test_digits_are_read_from_the_pixels_of_a_picture(nova: Any, digits: str, size: int) -> None:
    image = {"image": {"format": "png", "source": {"bytes": picture(digits, size)}}}
    question = "What number is written in this picture? Answer with the digits only."
    assert text_of(converse(nova, question, image)) == digits
    # The same picture, to a model that misreads digits.
    assert text_of(converse(nova, question, image, model="google.gemma-3-4b-it")) != digits


def test_a_code_is_found_in_a_document(nova: Any) -> None:
    source = {"bytes": b"Memo\n\nReference code: QX-7731\nThe end."}
    document = {"document": {"format": "txt", "name": "memo", "source": source}}
    question = "What is the reference code in the attached document? Answer with the code only."
    assert text_of(converse(nova, question, document)) == "QX-7731"


def test_a_word_hidden_in_a_long_text_is_found(nova: Any) -> None:
    hay = "The tide came in and went out again. " * 20_000
    needle = "The secret word of the vault is caju-77. "
    question = "What is the secret word of the vault? Answer with the word only."
    answer = converse(
        nova, hay + needle + hay[:400_000] + question, model="us.amazon.nova-2-lite-v1:0"
    )
    assert text_of(answer) == "caju-77"
    assert answer["usage"]["inputTokens"] > 250_000


def test_reasoning_comes_first_and_counts_towards_max_tokens(client: Any) -> None:
    model = "openai.gpt-oss-20b-1:0"
    answer = converse(client("us-west-2"), "What is the capital of Chile?", model=model)
    first, second = answer["output"]["message"]["content"]
    assert first["reasoningContent"]["reasoningText"]["text"]
    assert "Santiago" in second["text"]
    config = {"maxTokens": 1}
    tiny = converse(client("us-west-2"), "What is 2 + 2?", model=model, inferenceConfig=config)
    assert tiny["stopReason"] == "max_tokens"
    assert text_of(tiny) == ""
