"""The colours of the page and what each of them means."""

from pipeline.vocabulary import STAGES

INK = "#1d2733"
MUTED = "#5a6572"
PAPER = "#ffffff"

# One hue that deepens with the journey: how far, never how good.
_STAGE_RAMP = ("#a3c0dc", "#7fa6cd", "#5b8bbb", "#3f72a4", "#295887", "#173f68")

MEANING: dict[str, str] = {
    "start": "#c3ccd6",
    **dict(zip(STAGES, _STAGE_RAMP, strict=True)),
    "open": "#d3a73b",
    "dropped": "#c5533f",
    "kept": "#7db48f",
    "advocated": "#3d8b63",
    "repurchased": "#1f6e64",
    "returned": "#8c679f",
    "detracted": "#b2497a",
}


def colour_of(meaning: str) -> str:
    """Give the colour of a stage or an end state; what is unknown is grey."""
    return MEANING.get(meaning, "#8a939d")


def veil(colour: str, opacity: float) -> str:
    """Thin a colour out, for ribbons that lie over one another."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def as_css() -> str:
    """Write the palette as custom properties, so that a colour stands in one place."""
    named = {"ink": INK, "muted": MUTED, "paper": PAPER, **MEANING}
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in named.items()) + "}\n"
