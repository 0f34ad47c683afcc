"""The words of the page on where journeys are lost, what changed, and how soon they go on."""

# key: (Spanish, English). Figures come in already written, in braces.
DROP_OFF_WORDS: dict[str, tuple[str, str]] = {
    "drop.title": ("Dónde se pierden", "Where they leave"),
    "drop.read": (
        (
            "De los recorridos que llegaron a la etapa o más allá, la parte que se pierde ahí. "
            "Mientras queden abiertos, contar solo los perdidos daría una tasa demasiado baja: "
            "entonces se estima qué parte no seguirá en {silence}, según lo que tardan los demás. "
            "La franja es el intervalo del 95 %: más corta, más segura."
        ),
        (
            "Of the journeys that came to the stage or beyond, the share that is lost there. "
            "While some are open, counting only those lost would give too low a rate: then it is "
            "estimated which share will not go on within {silence}, by how long others take. "
            "The band is the 95% interval: the shorter, the surer."
        ),
    ),
    "drop.final": (
        "Definitiva: ya no cambia más allá de su intervalo",
        "Final: it will not move out of its interval",
    ),
    "drop.guess": ("≈ Estimada: aún hay abiertos", "≈ Estimated: some are still open"),
    "drop.estimated": ("estimada", "estimated"),
    "drop.too_early": ("aún no se sabe", "too early to say"),
    "drop.stage": ("Etapa", "Stage"),
    "drop.rate": ("Tasa de pérdida", "Drop-off rate"),
    "drop.interval": ("Intervalo 95 %", "95% interval"),
    "drop.dropped": ("Perdidos", "Dropped"),
    "drop.decided": ("Resueltos", "Resolved"),
    "drop.open": ("Abiertos, aparte", "Open, apart"),
    "channel.title": ("Por primer canal", "By first channel"),
    "channel.read": (
        (
            "Los mismos recorridos según el canal donde comenzaron. Dos canales cuyas franjas no "
            "se tocan difieren de verdad; si se superponen, puede ser azar."
        ),
        (
            "The same journeys by the channel where they began. Two channels whose bands do not "
            "touch really differ; where they overlap it may be chance."
        ),
    ),
    "channel.name": ("Canal", "Channel"),
    "channel.more": (
        "Se muestran los {shown} canales con más recorridos, de {all}.",
        "Shown are the {shown} channels with most journeys, of {all}.",
    ),
    "month.title": ("Por mes de comienzo", "By the month they began"),
    "month.read": (
        (
            "Un mes está maduro cuando todos sus recorridos tuvieron tiempo de terminar. Hasta "
            "entonces, o mientras sus abiertos puedan cambiarla, la tasa es estimada: rayada y "
            "con ≈. Una flecha señala un cambio frente al mes maduro anterior que no es azar, en "
            "puntos porcentuales."
        ),
        (
            "A month is ripe once all its journeys have had time to end. Until then, or while "
            "its open ones may move it, the rate is an estimate: striped and with ≈. An arrow "
            "flags a change against the ripe month before that is not chance, in percentage "
            "points."
        ),
    ),
    "month.name": ("Mes", "Month"),
    "month.unripe": ("aún no maduro", "not ripe yet"),
    "month.up": ("Se pierden más que en {month}", "More are lost than in {month}"),
    "month.down": ("Se pierden menos que en {month}", "Fewer are lost than in {month}"),
    # What changed
    "change.title": ("Qué cambió", "What changed"),
    "change.some": (
        "{changes} cambios entre meses maduros no son azar, de {compared} comparaciones.",
        "{changes} changes between ripe months are not chance, of {compared} comparisons.",
    ),
    "change.one": (
        "Un cambio entre meses maduros no es azar, de {compared} comparaciones.",
        "One change between ripe months is not chance, of {compared} comparisons.",
    ),
    "change.none": (
        (
            "Nada cambió de un mes maduro al siguiente más de lo que cambia por azar: de "
            "{compared} comparaciones, por etapa, canal, tráfico, campaña, dispositivo y "
            "segmento, ninguna destaca."
        ),
        (
            "Nothing changed from one ripe month to the next more than chance would have it: of "
            "{compared} comparisons, by stage, channel, traffic, campaign, device and segment, "
            "none stands out."
        ),
    ),
    "change.nothing_compared": (
        "Todavía no hay dos meses maduros con recorridos suficientes para compararlos.",
        "There are not yet two ripe months with enough journeys to be compared.",
    ),
    "change.up": (
        "de {before} en {previous} a {now} en {month}: {points} puntos más",
        "from {before} in {previous} to {now} in {month}: {points} points more",
    ),
    "change.down": (
        "de {before} en {previous} a {now} en {month}: {points} puntos menos",
        "from {before} in {previous} to {now} in {month}: {points} points less",
    ),
    "change.about_up": (
        "de {before} en {previous} a {now} en {month}: se pierden más",
        "from {before} in {previous} to {now} in {month}: more are lost",
    ),
    "change.about_down": (
        "de {before} en {previous} a {now} en {month}: se pierden menos",
        "from {before} in {previous} to {now} in {month}: fewer are lost",
    ),
    "change.all": ("todos los recorridos", "all journeys"),
    "change.channel": ("canal", "channel"),
    "change.traffic": ("tráfico", "traffic"),
    "change.campaign": ("campaña", "campaign"),
    "change.device": ("dispositivo", "device"),
    "change.segment": ("segmento", "segment"),
    "change.without": ("sin {kind}", "without {kind}"),
    "change.is_almost": ("casi seguro", "almost certain"),
    "change.is_very": ("muy seguro", "very sure"),
    "change.is_sure": ("seguro", "sure"),
    "change.q": (
        (
            "q: qué parte de los cambios señalados hasta ese valor sería azar, contadas todas las "
            "comparaciones que se hicieron."
        ),
        (
            "q: which share of the changes flagged up to that value would be chance, all "
            "comparisons made being counted."
        ),
    ),
    "change.more": ("Y {more} más", "And {more} more"),
    # How soon they go on
    "pace.title": ("Cuánto tardan en seguir", "How soon they go on"),
    "pace.read": (
        (
            "De los que entraron en la etapa, la parte que ya siguió (a una más honda, o a la "
            "compra) dentro de cada plazo. La mediana es de los que siguen: la mitad de ellos "
            "tarda menos."
        ),
        (
            "Of those that came to the stage, the share that has gone on (to a deeper one, or to "
            "the purchase) within each time. The median is of those that go on: half of them "
            "take less."
        ),
    ),
    "pace.arrived": ("Entraron", "Arrived"),
    "pace.1d": ("En un día", "Within a day"),
    "pace.7d": ("En 7 días", "Within 7 days"),
    "pace.30d": ("En 30 días", "Within 30 days"),
    "pace.median": ("Mediana de los que siguen", "Median of those that go on"),
}
