"""The words of the page on attribution."""

# key: (Spanish, English). Figures come in already written, in braces.
ATTRIBUTION_WORDS: dict[str, tuple[str, str]] = {
    "credit.title": (
        "Atribución: cómo se reparten las compras",
        "Attribution: how the purchases are divided",
    ),
    "credit.read": (
        (
            "Cada compra se reparte entre las visitas que la precedieron, y cada modelo la reparte "
            "a su manera. La línea va del modelo que da menos al que da más: donde es corta, da lo "
            "mismo cuál se elija; donde es larga, la respuesta depende del modelo. Es un reparto, "
            "no una prueba de lo que se perdería sin ese tráfico."
        ),
        (
            "Each purchase is divided among the visits before it, and each model divides in a way "
            "of its own. The line runs from the model that gives least to the one that gives most: "
            "where it is short, any of them will do; where it is long, the answer hangs on the "
            "model. It is a division, and no proof of what would be lost without that traffic."
        ),
    ),
    "credit.nothing": (
        "Todavía no hay compras que repartir.",
        "There are no purchases yet to divide.",
    ),
    "credit.agree": (
        "Todos los modelos reparten las compras igual.",
        "All models divide the purchases alike.",
    ),
    "credit.disagree": (
        (
            "Elegir otro modelo cambia de tráfico a lo más el {moved} de las compras: tanto se "
            "apartan «{one}» y «{other}»."
        ),
        (
            "Choosing another model moves at most {moved} of the purchases to another traffic: so "
            "far apart are “{one}” and “{other}”."
        ),
    ),
    "credit.widest": (
        (
            "Lo que más depende del modelo es {name}: de {least} compras («{one}») a {most} "
            "(«{other}»)."
        ),
        (
            "What hangs most on the model is {name}: from {least} purchases (“{one}”) to {most} "
            "(“{other}”)."
        ),
    ),
    "credit.traffic": ("Tráfico", "Traffic"),
    "credit.range": ("Parte de las compras", "Share of the purchases"),
    "credit.range_told": (
        "Entre {least} y {most} según el modelo",
        "Between {least} and {most}, depending on the model",
    ),
    "credit.spend": ("Gasto, {currency}", "Spend, {currency}"),
    "credit.figures": (
        (
            "Bajo cada modelo: compras, su parte de todas, e ingresos netos de devoluciones. CPA: "
            "gasto por compra. ROAS: ingresos por cada {currency} gastado. Ambos, donde se conoce "
            "el gasto."
        ),
        (
            "Under each model: purchases, their share of all, and revenue net of returns. CPA: "
            "spend per purchase. ROAS: revenue per {currency} spent. Both where spend is known."
        ),
    ),
    "credit.no_spend": (
        (
            "Cuánto se gastó en un segmento no se sabe: aquí no hay gasto, y por eso tampoco CPA "
            "ni ROAS."
        ),
        (
            "How much was spent on a segment is not known: here is no spend, and so neither CPA "
            "nor ROAS."
        ),
    ),
    "credit.error": ("± {error}", "± {error}"),
    "credit.total": ("Total", "Total"),
    "credit.unattributed": ("Sin atribuir", "Unattributed"),
    "credit.unattributed_note": (
        "lo que ninguna visita previa explica",
        "what no visit before explains",
    ),
    "credit.rest": ("Otros {number}", "{number} others"),
    "credit.all_models": ("Todos los modelos, en compras", "All models, in purchases"),
    "credit.does_not_sum": ("no suma", "does not sum"),
    "credit.all_read": (
        (
            "«Participación» da la compra entera a todo tráfico que estuvo en el recorrido, y por "
            "eso no suma."
        ),
        (
            "“Participation” gives the whole purchase to every traffic of the journey, so it does "
            "not sum."
        ),
    ),
    "credit.campaigns": ("Las campañas con más crédito", "The campaigns with most credit"),
    "credit.campaign": ("Campaña", "Campaign"),
    "credit.campaigns_shown": (
        (
            "Se muestran {shown} campañas de {all}, por sus compras según Markov 1; juntas, el "
            "{share} de todas las compras."
        ),
        (
            "Shown are {shown} campaigns of {all}, by their purchases according to Markov 1; "
            "together {share} of all purchases."
        ),
    ),
    "credit.wasted_one": (
        "Una campaña con gasto, {currency} {spend}, no aparece ante ninguna compra.",
        "One campaign with spend, {currency} {spend}, is seen before no purchase.",
    ),
    "credit.wasted": (
        (
            "{number} campañas con gasto, en total {currency} {spend}, no aparecen ante ninguna "
            "compra."
        ),
        "{number} campaigns with spend, {currency} {spend} in all, are seen before no purchase.",
    ),
    "model.first": ("Primera visita", "First visit"),
    "model.last": ("Última visita", "Last visit"),
    "model.last_non_direct": ("Última no directa", "Last non-direct"),
    "model.linear": ("Lineal", "Linear"),
    "model.position": ("Por posición", "By position"),
    "model.j": ("J", "J"),
    "model.inverse_j": ("J invertida", "Inverse J"),
    "model.time_decay": ("Decae con el tiempo", "Time decay"),
    "model.participation": ("Participación", "Participation"),
    "model.markov_1": ("Markov 1", "Markov 1"),
    "model.markov_2": ("Markov 2", "Markov 2"),
    "model.markov_3": ("Markov 3", "Markov 3"),
    "model.shapley": ("Shapley", "Shapley"),
    "model.last_non_direct_note": (
        "lo que muestra casi toda herramienta",
        "what most tools show",
    ),
    "model.linear_note": ("a partes iguales", "in equal parts"),
    "model.markov_1_note": (
        "lo que se perdería en la cadena sin él",
        "what the chain would lose without it",
    ),
    "model.shapley_note": (
        "lo que agrega a los demás, en promedio",
        "what it adds to the others, on average",
    ),
}
