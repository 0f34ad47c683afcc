"""Every word of the page, in Spanish and English, in one table."""

from dataclasses import dataclass

from pipeline.report.attribution_texts import ATTRIBUTION_WORDS
from pipeline.report.contents import Language
from pipeline.report.drop_off_texts import DROP_OFF_WORDS
from pipeline.report.map_texts import MAP_WORDS

# key: (Spanish, English). Figures come in already written, in braces.
WORDS: dict[str, tuple[str, str]] = {
    **DROP_OFF_WORDS,
    **ATTRIBUTION_WORDS,
    **MAP_WORDS,
    "title": ("Recorridos de clientes", "Customer journeys"),
    "page.period": ("{first} – {last}", "{first} – {last}"),
    "page.only": ("Solo una parte", "Only a part"),
    "page.only_from": ("comenzados desde el {day}", "begun from {day}"),
    "page.only_to": ("comenzados hasta el {day}", "begun until {day}"),
    "page.only_segment": ("segmento {segment}", "segment {segment}"),
    "page.cut_off": ("Datos hasta el {moment}", "Data up to {moment}"),
    "page.made_at": ("Hecho el {moment} ({zone})", "Made on {moment} ({zone})"),
    "page.other": ("otros", "other"),
    "page.folded": (
        (
            "Lo que tiene menos de {least} clientes (un canal, un tráfico, una campaña, un camino) "
            "va junto en «{other}» o no se muestra; los totales lo incluyen."
        ),
        (
            "What has fewer than {least} customers (a channel, a traffic, a campaign, a path) is "
            "put together in “{other}” or not shown; totals include it."
        ),
    ),
    "page.no_script": (
        "El dibujo del flujo necesita JavaScript; las tablas de abajo dicen lo mismo.",
        "The picture of the flow needs JavaScript; the tables below say the same.",
    ),
    # Headline
    "headline.began": ("{journeys} recorridos comenzaron.", "{journeys} journeys began."),
    "headline.began_one": ("Comenzó 1 recorrido.", "1 journey began."),
    "headline.converted": (
        "De los ya decididos, el {share} terminó en compra.",
        "Of those already decided, {share} ended in a purchase.",
    ),
    "headline.lost": (
        (
            "Donde más se pierden es en {stage}: allí se va el {rate}, según la estimación de hoy "
            "({interval})."
        ),
        "Most are lost at {stage}: {rate} leave there, by today's estimate ({interval}).",
    ),
    "headline.nothing": (
        "Todavía no hay recorridos que mostrar.",
        "There are no journeys to show yet.",
    ),
    "nothing.why": (
        (
            "Cuando se carguen registros con un cliente y un evento conocido, aquí se verá su "
            "camino. El estado de los datos, más abajo, dice qué llegó hasta ahora."
        ),
        (
            "Once records with a customer and a known event are loaded, their way will show here. "
            "The state of the data, below, says what has arrived so far."
        ),
    ),
    # Key figures
    "key.journeys": ("Recorridos", "Journeys"),
    "key.customers": ("Clientes", "Customers"),
    "key.open": ("Abiertos", "Open"),
    "key.converted": ("Con compra", "Converted"),
    "key.revenue": ("Ingresos, {currency}", "Revenue, {currency}"),
    "key.journeys_note": ("{rate} por cliente", "{rate} per customer"),
    "key.customers_note": ("con al menos un recorrido", "with at least one journey"),
    "key.open_note": ("{bought} de ellos ya compraron", "{bought} of them have bought"),
    "key.converted_note": ("{share} de los decididos", "{share} of those decided"),
    "key.revenue_note": ("netos de devoluciones", "net of returns"),
    # Flow
    "flow.title": ("El flujo por etapas", "The flow through the stages"),
    "flow.read": (
        (
            "Se lee siguiendo las etapas: el ancho de cada cinta es su número de recorridos. "
            "Los que siguen pasan a la etapa próxima o saltan por encima; los que terminan o "
            "siguen abiertos se apartan junto a la etapa más honda que alcanzaron. Los "
            "porcentajes son de todos los recorridos."
        ),
        (
            "Follow the stages: the breadth of a ribbon is its number of journeys. Those that "
            "go on pass to the next stage or arc over it; those that ended or are still open "
            "peel off at the deepest stage they came to. Percentages are of all journeys."
        ),
    ),
    "flow.hover": (
        "{journeys} recorridos, {share} de todos",
        "{journeys} journeys, {share} of all",
    ),
    "flow.hover_link": (
        "{journeys} recorridos, {share} de los que pasaron por {origin}",
        "{journeys} journeys, {share} of those that passed {origin}",
    ),
    "flow.hover_value": ("Valor: {currency} {value}", "Value: {currency} {value}"),
    "flow.alt": (
        "Diagrama de Sankey: recorridos de etapa en etapa y su estado final.",
        "Sankey diagram: journeys from stage to stage and their end state.",
    ),
    "flow.totals": ("Cómo están hoy", "Where they stand today"),
    # Funnel
    "funnel.title": ("El embudo", "The funnel"),
    "funnel.read": (
        (
            "Cada barra son los recorridos que llegaron a la etapa o más allá, también quienes "
            "la saltaron, repartidos en los que avanzaron, se asentaron en ella después de "
            "comprar, siguen abiertos o se perdieron."
        ),
        (
            "Each bar is the journeys that came to the stage or beyond, those that skipped it "
            "included, split into those that advanced, settled there after buying, are still "
            "open, or dropped out."
        ),
    ),
    "funnel.stage": ("Etapa", "Stage"),
    "funnel.reached": ("Llegaron", "Reached"),
    "funnel.visited": ("La tocaron", "Visited"),
    "funnel.skipped": ("La saltaron", "Skipped"),
    "funnel.advanced": ("Avanzaron", "Advanced"),
    "funnel.dropped": ("Perdidos", "Dropped"),
    "funnel.open": ("Abiertos", "Open"),
    "funnel.settled": ("Asentados", "Settled"),
    "funnel.converted": ("Compraron", "Converted"),
    # Paths
    "paths.title": ("El camino, paso a paso", "The path, step by step"),
    "paths.read": (
        (
            "Cada columna es un paso: contactos seguidos en una misma etapa, con el canal donde "
            "empezaron. Hacia arriba se avanza; hacia abajo se apartan los perdidos y los "
            "abiertos. Volver atrás también es un paso. Lo menos frecuente de un paso va junto "
            "como «Otros»; «Siguen» son los que dan más pasos de los que se ven. Los porcentajes "
            "son de todos los recorridos."
        ),
        (
            "Each column is a step: touches in a row in one stage, with the channel where they "
            "began. Upward is onward; those lost or still open peel off downward. Going back is "
            "a step, too. What is rare at a step goes together as “Other”; “Go on” are those "
            "that take more steps than are shown. Percentages are of all journeys."
        ),
    ),
    "paths.alt": (
        "Diagrama de Sankey: recorridos de paso en paso, por etapa y canal.",
        "Sankey diagram: journeys from step to step, by stage and channel.",
    ),
    "paths.step": ("Paso {number}", "Step {number}"),
    "paths.hover": ("Paso {number}: {node}", "Step {number}: {node}"),
    "paths.hover_end": ("Después del paso {number}: {node}", "After step {number}: {node}"),
    "paths.hover_link": (
        "Del paso {number}: {origin} → {target}",
        "From step {number}: {origin} → {target}",
    ),
    "paths.hover_share": (
        "{journeys} recorridos, {share} de los de {origin} en ese paso",
        "{journeys} journeys, {share} of those of {origin} at that step",
    ),
    "paths.top": (
        "Los caminos más frecuentes hasta la compra",
        "The most frequent paths to the purchase",
    ),
    "paths.top_read": (
        (
            "Las etapas de un recorrido antes de llegar a la de compra, o todas si no llegó. Por "
            "un mismo camino van los que compraron y los que se perdieron: la conversión es la "
            "parte que compró de los ya decididos, con su intervalo del 95 %. El tiempo va del "
            "primer contacto a la compra."
        ),
        (
            "The stages of a journey before it came to the purchase, or all if it never did. The "
            "same path is gone by those that bought and by those that were lost: the conversion "
            "is the share of those decided that bought, with its 95% interval. The time runs "
            "from the first touch to the purchase."
        ),
    ),
    "paths.path": ("Camino", "Path"),
    "paths.straight": ("Sin pasos antes", "No step before"),
    "paths.goes_on": ("y más pasos", "and more steps"),
    "paths.journeys": ("Recorridos", "Journeys"),
    "paths.conversion": ("Conversión", "Conversion"),
    "paths.interval": ("Intervalo 95 %", "95% interval"),
    "paths.value": ("Ingresos, {currency}", "Revenue, {currency}"),
    "paths.median": ("Tiempo mediano", "Median time"),
    "paths.shown": (
        "Por estos caminos va el {share} de todos los recorridos.",
        "These paths hold {share} of all journeys.",
    ),
    "length.minutes": ("{number} min", "{number} min"),
    "length.hours": ("{number} h", "{number} h"),
    "length.days": ("{number} días", "{number} days"),
    # State of the data
    "state.title": ("El estado de los datos", "The state of the data"),
    "state.read": (
        "Todo registro leído es aceptado, repetido o rechazado: nada se pierde sin decirlo.",
        "Every record read is accepted, a duplicate or rejected: nothing is lost unsaid.",
    ),
    "state.files": ("Archivos cargados", "Files loaded"),
    "state.tonight": ("{files} esta noche", "{files} tonight"),
    "state.records": ("Registros", "Records"),
    "state.accepted": ("Aceptados", "Accepted"),
    "state.duplicates": ("Repetidos", "Duplicates"),
    "state.rejected": ("Rechazados", "Rejected"),
    "state.source": ("Fuente", "Source"),
    "state.last_at": ("Último dato", "Latest data"),
    "state.by_source": ("Por fuente", "By source"),
    "state.rejects": ("Rechazos por motivo", "Rejects by reason"),
    "state.no_rejects": ("Ningún registro fue rechazado.", "No record was rejected."),
    "state.reason": ("Motivo", "Reason"),
    "state.refused": ("Archivos rechazados enteros", "Files refused whole"),
    "state.no_refused": ("Ninguno.", "None."),
    "state.file": ("Archivo", "File"),
    "state.unmapped": ("Eventos sin regla", "Events without a rule"),
    "state.unmapped_read": (
        "Cuentan en su sesión, pero no en el flujo, hasta que una regla les dé una etapa.",
        "They count in their session, but not in the flow, until a rule gives them a stage.",
    ),
    "state.no_unmapped": ("Todos los eventos tienen regla.", "Every event has a rule."),
    "state.event": ("Evento", "Event"),
    "state.channel": ("Canal", "Channel"),
    "state.touches": ("Contactos", "Touches"),
    "state.customers": ("Clientes", "Customers"),
    "state.silent": ("Fuentes en silencio esta noche", "Sources silent tonight"),
    "state.more": ("y {more} más", "and {more} more"),
    # Glossary
    "glossary.title": ("Glosario", "Glossary"),
    "glossary.journey": ("Recorrido", "Journey"),
    "glossary.journey_says": (
        (
            "El camino de un cliente hacia una compra y después de ella, por todos los canales. "
            "Uno nuevo comienza tras una compra, o tras {silence} sin señales."
        ),
        (
            "A customer's way to a purchase and after it, over all channels. A new one begins "
            "after a purchase, or after {silence} without a sign."
        ),
    ),
    "glossary.open": ("Abierto y perdido", "Open and dropped"),
    "glossary.open_says": (
        (
            "Abierto: todavía puede seguir. Perdido: pasaron más de {silence} sin señales y sin "
            "compra. Un abierto nunca se cuenta como perdido."
        ),
        (
            "Open: it may still go on. Dropped: more than {silence} passed without a sign or a "
            "purchase. An open one is never counted as dropped."
        ),
    ),
    "glossary.rate": ("Tasa de pérdida", "Drop-off rate"),
    "glossary.rate_says": (
        (
            "Perdidos en una etapa, entre todos los que llegaron a ella o más allá y ya no "
            "están abiertos en ella. El intervalo dice entre qué valores estaría la tasa real, "
            "con 95 % de confianza."
        ),
        (
            "Dropped at a stage, of all that came to it or beyond and are no longer open there. "
            "The interval says between which values the true rate would lie, with 95% "
            "confidence."
        ),
    ),
    "glossary.estimate": ("Estimada", "Estimated"),
    "glossary.estimate_says": (
        (
            "Mientras queden recorridos abiertos, se estima qué parte de los que llegaron no "
            "seguirá en {silence}, según lo que tardaron los que siguieron (Kaplan–Meier). Lleva "
            "el signo ≈."
        ),
        (
            "While journeys are open, it is estimated which share of those that came will not go "
            "on within {silence}, by how long those took that did (Kaplan–Meier). It bears the "
            "sign ≈."
        ),
    ),
    "glossary.significant": ("Más que azar", "More than chance"),
    "glossary.significant_says": (
        (
            "Un cambio se señala solo si no lo explica el azar, contadas todas las comparaciones "
            "que se hicieron, y sea cual sea el fin de los abiertos. De cien así señalados, en "
            "promedio a lo más cinco serían azar."
        ),
        (
            "A change is flagged only if chance does not explain it, all comparisons made being "
            "counted, and however the open ones end. Of a hundred flagged so, at most five "
            "would be chance in the mean."
        ),
    ),
    "glossary.credit": ("Crédito", "Credit"),
    "glossary.credit_says": (
        (
            "La parte de una compra que un modelo da a una visita previa. Lo que ninguna visita "
            "ganó queda sin atribuir; con ello, cada modelo suma todas las compras y todos los "
            "ingresos."
        ),
        (
            "The part of a purchase that a model gives to a visit before it. What no visit earned "
            "is unattributed; with it each model sums to all purchases and all revenue."
        ),
    ),
    "glossary.decided": ("Decidido", "Decided"),
    "glossary.decided_says": (
        "Un recorrido que compró o se perdió. Los abiertos sin compra no entran en la cuenta.",
        "A journey that bought or dropped out. Open ones without a purchase are left out.",
    ),
    "glossary.reached": ("Llegó, tocó, saltó", "Reached, visited, skipped"),
    "glossary.reached_says": (
        (
            "Llegó: alcanzó la etapa o una más honda. La tocó: tuvo algún contacto en ella. La "
            "saltó: llegó más allá sin ningún contacto en ella. El flujo cuenta en cada etapa a "
            "quienes pasaron por ella al avanzar."
        ),
        (
            "Reached: came to the stage or a deeper one. Visited: had a touch in it. Skipped: "
            "came beyond without a touch in it. The flow counts at a stage those that passed "
            "through it going forward."
        ),
    ),
    "glossary.settled": ("Asentado", "Settled"),
    "glossary.settled_says": (
        (
            "Terminó en la etapa después de comprar: se quedó, recomendó, recompró, devolvió o "
            "criticó."
        ),
        (
            "Ended at the stage after buying: stayed, recommended, bought again, returned or "
            "criticised."
        ),
    ),
    "glossary.private": (
        "La página no contiene nombres ni direcciones, y no pide nada a la red.",
        "The page holds no names or addresses, and asks nothing of the network.",
    ),
    # Nodes: the name in full, and the short one for pictures
    "node.start": ("Inicio", "Start"),
    "node.need": ("Reconocimiento de la necesidad", "Need recognised"),
    "node.research": ("Búsqueda de soluciones", "Solutions looked for"),
    "node.evaluation": ("Evaluación de alternativas", "Alternatives weighed"),
    "node.purchase": ("Decisión de compra", "Purchase decided"),
    "node.experience": ("Evaluación de la compra", "Product tried"),
    "node.outcome": ("Conclusión", "Conclusion"),
    "node.open": ("Abiertos", "Open"),
    "node.dropped": ("Perdidos", "Dropped"),
    "node.returned": ("Devolvieron", "Returned"),
    "node.detracted": ("Criticaron", "Detracted"),
    "node.advocated": ("Recomendaron", "Advocated"),
    "node.repurchased": ("Recompraron", "Bought again"),
    "node.kept": ("Se quedaron", "Kept"),
    "node.other": ("Otros", "Other"),
    "node.truncated": ("Siguen", "Go on"),
    "short.need": ("Necesidad", "Need"),
    "short.research": ("Búsqueda", "Research"),
    "short.evaluation": ("Evaluación", "Evaluation"),
    "short.purchase": ("Compra", "Purchase"),
    "short.experience": ("Experiencia", "Experience"),
    "short.outcome": ("Conclusión", "Outcome"),
    # Why a record was refused
    "reason.not_a_time": ("la hora no se entiende", "its time cannot be read"),
    "reason.no_identity": ("no dice de quién es", "it does not say whose it is"),
    "reason.too_old": ("demasiado antiguo", "too old"),
    "reason.in_future": ("ocurre en el futuro", "it happens in the future"),
    "reason.bad_utf8": ("letras dañadas", "broken letters"),
    "reason.short_row": ("faltan columnas", "columns are missing"),
    "reason.long_row": ("sobran columnas", "columns too many"),
    "reason.not_json": ("no es JSON", "not JSON"),
    "reason.unknown_event_shape": ("forma desconocida", "unknown shape"),
    "reason.conflict": ("contradice a otro igual", "contradicts its twin"),
}


@dataclass(frozen=True)
class Texts:
    """The words of one language."""

    language: Language

    def say(self, key: str, **figures: str) -> str:
        """Say a text, with its figures in their places."""
        return self._word(key).format(**figures)

    def node(self, name: str, *, short: bool = False) -> str:
        """Name a stage or an end state; one that is unknown keeps its own name."""
        if short and f"short.{name}" in WORDS:
            return self._word(f"short.{name}")
        return self._word(f"node.{name}") if f"node.{name}" in WORDS else name

    def reason(self, code: str) -> str:
        """Explain why a record was refused; a code without a text has nothing to add."""
        return self._word(f"reason.{code}") if f"reason.{code}" in WORDS else ""

    def _word(self, key: str) -> str:
        spanish, english = WORDS[key]
        return spanish if self.language == "es" else english
