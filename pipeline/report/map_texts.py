"""The words of the journey map and of retention, in Spanish and English."""

# key: (Spanish, English). Figures come in already written, in braces.
MAP_WORDS: dict[str, tuple[str, str]] = {
    "length.none": ("un instante", "a moment"),
    "length.seconds": ("{number} s", "{number} s"),
    # The journey map
    "map.title": ("El mapa del recorrido", "The journey map"),
    "map.read": (
        (
            "Cada columna es una etapa: quiénes llegan, dónde se les encuentra, cómo se sienten, "
            "cuánto tardan, qué logra la etapa y qué se pierde en ella. Todo está contado, nada "
            "supuesto."
        ),
        (
            "Each column is a stage: who comes, where they are met, how they feel, how long they "
            "take, what the stage achieves and what is lost there. All is counted, nothing "
            "guessed."
        ),
    ),
    "map.cards": (
        (
            "Los porcentajes de canales y contactos son de los recorridos con contacto en la "
            "etapa. Los puntos de dolor y momentos de la verdad se comparan con pasos iguales sin "
            "ese contacto: asociación, no causa. Lo que se pierde es lo más que hay por recuperar."
        ),
        (
            "Shares of channels and touchpoints are of the journeys with a touch in the stage. "
            "Pain points and moments of truth are held against like steps without that touch: "
            "association, not cause. What is lost is the most there is to win back."
        ),
    ),
    "map.head": (
        (
            "Donde más dinero se pierde es en {stage}: los {lost} recorridos perdidos ahí "
            "valdrían hasta {currency} {opportunity}, si rindieran como los que siguieron "
            "({worth} cada uno). En todas las etapas juntas son {currency} {all}."
        ),
        (
            "Most money is lost at {stage}: the {lost} journeys lost there would be worth up to "
            "{currency} {opportunity}, had they earned as much as those that went on "
            "({worth} each). Over all stages it is {currency} {all}."
        ),
    ),
    "map.head_one": (
        (
            "Donde más dinero se pierde es en {stage}: el único recorrido perdido ahí valdría "
            "hasta {currency} {opportunity}, si rindiera como los que siguieron ({worth} cada "
            "uno). En todas las etapas juntas son {currency} {all}."
        ),
        (
            "Most money is lost at {stage}: the one journey lost there would be worth up to "
            "{currency} {opportunity}, had it earned as much as those that went on "
            "({worth} each). Over all stages it is {currency} {all}."
        ),
    ),
    "map.head_nothing": (
        "Hasta ahora no se sabe de dinero perdido en ninguna etapa.",
        "So far no stage is known to lose any money.",
    ),
    "map.all": ("Todos", "Everybody"),
    "map.no_segment": ("Sin segmento", "Without a segment"),
    "map.segments": ("El mismo mapa por segmento", "The same map by segment"),
    "map.counted": (
        "{journeys} recorridos · {customers} clientes",
        "{journeys} journeys · {customers} customers",
    ),
    "map.worst": (
        "más se pierde en {stage}: {currency} {opportunity}",
        "most is lost at {stage}: {currency} {opportunity}",
    ),
    "map.people": ("Personas", "People"),
    "map.people_note": (
        "llegan a la etapa o más allá",
        "come to the stage or beyond",
    ),
    "map.customers": ("clientes", "customers"),
    "map.journeys": ("recorridos", "journeys"),
    "map.channels": ("Canales", "Channels"),
    "map.channels_note": (
        "parte de los recorridos con contacto en la etapa",
        "share of the journeys with a touch in the stage",
    ),
    "map.touchpoints": ("Contactos", "Touchpoints"),
    "map.touchpoints_note": (
        "los eventos más frecuentes, sin los que solo acompañan (page_view…)",
        "the most frequent events, less those that only go along (page_view…)",
    ),
    "map.feeling": ("Ánimo", "Feelings"),
    "map.feeling_note": (
        "media de −1 a +1, de los contactos que lo dicen",
        "mean from −1 to +1, of the touches that tell",
    ),
    "map.feeling_alt": ("El ánimo de etapa en etapa", "How they feel from stage to stage"),
    "map.good": ("bueno", "good"),
    "map.mixed": ("dividido", "mixed"),
    "map.bad": ("malo", "bad"),
    "map.told": ("{positive} bien, {negative} mal", "{positive} good, {negative} bad"),
    "map.known": ("lo dicen {known} de {touches} contactos", "{known} of {touches} touches tell"),
    "map.unknown": ("nadie lo dice", "nobody tells"),
    "map.no_feeling": (
        "Ningún contacto dice cómo se sintió el cliente.",
        "No touch tells how the customer felt.",
    ),
    "map.time": ("Tiempo en ella", "Time spent"),
    "map.time_note": (
        "del primer al último contacto",
        "from the first touch to the last",
    ),
    "map.median": ("mediana", "median"),
    "map.p90": ("1 de cada 10, más de {length}", "1 in 10, more than {length}"),
    "map.aims": ("Qué debe lograr", "What it is to achieve"),
    "map.aims_note": (
        "y qué logra; la raya es la meta",
        "and what it does; the mark is the target",
    ),
    "map.advance": ("Avanzan", "Go on"),
    "map.goal": ("Cumplen el objetivo", "Meet the goal"),
    "map.met": ("meta {target}: cumplida", "target {target}: met"),
    "map.missed": ("meta {target}: no se alcanza", "target {target}: missed"),
    "map.undecided": ("meta {target}: por decidir", "target {target}: undecided"),
    "map.pains": ("Puntos de dolor", "Pain points"),
    "map.truths": ("Momentos de la verdad", "Moments of truth"),
    "map.moments_note": (
        "frente a pasos iguales sin ese contacto; asociación, no causa",
        "against like steps without that touch; association, not cause",
    ),
    "map.none": ("ninguno seguro", "none for sure"),
    "map.left": ("Se pierden", "Are lost"),
    "map.back": ("Vuelven atrás", "Go back"),
    "map.negative": ("Quedan descontentos", "Are unhappy after"),
    "map.advanced": ("Avanzan", "Go on"),
    "map.lift": (
        "{outcome} {lift} veces lo habitual, entre {low} y\u00a0{high}",
        "{outcome} {lift}× as often, between {low} and\u00a0{high}",
    ),
    "map.only_then": (
        "{outcome}; sin ese contacto, nunca",
        "{outcome}; without that touch, never",
    ),
    "map.lost": ("Qué se pierde, {currency}", "What is lost, {currency}"),
    "map.lost_note": (
        "perdidos × lo que rinden los que siguieron: lo más que hay por recuperar",
        "lost × what those that went on earn: the most there is to win back",
    ),
    "map.lost_times": ("{lost} perdidos × {worth}", "{lost} lost × {worth}"),
    "map.lost_unknown": (
        "{lost} perdidos; cuánto valdrían no se sabe",
        "{lost} lost; what they would be worth is unknown",
    ),
    "map.lost_none": ("nadie se pierde aquí", "nobody is lost here"),
    # What a stage is for, whatever events tell of it
    "aim.need": ("Que despierte el interés", "Interest wakes"),
    "aim.research": ("Que nos encuentren", "We are found"),
    "aim.evaluation": ("Que nos elijan", "We are chosen"),
    "aim.purchase": ("Que terminen la compra", "The purchase is made"),
    "aim.experience": ("Que queden contentos", "They are pleased"),
    "aim.outcome": ("Que vuelvan y recomienden", "They return and recommend"),
    # First personal contact
    "contact.title": ("El primer contacto personal", "The first personal contact"),
    "contact.sentence": (
        (
            "En {met} de {all} compras ({share}) el cliente habló con alguien de la empresa antes "
            "de comprar; en promedio ya llevaba el {touches} de sus contactos y el {time} de su "
            "tiempo hasta la compra."
        ),
        (
            "In {met} of {all} purchases ({share}) the customer spoke to somebody of the company "
            "before buying; on average {touches} of the touches and {time} of the time up to "
            "the purchase had passed by then."
        ),
    ),
    "contact.nobody": (
        "En ninguna de {all} compras el cliente habló con alguien de la empresa antes de comprar.",
        "In none of {all} purchases did the customer speak to somebody of the company before.",
    ),
    "contact.met": ("Antes de comprar", "Before buying"),
    "contact.met_buying": ("Recién al comprar en tienda", "Only on buying in a store"),
    "contact.unmet": ("Con nadie hasta comprar", "Nobody until they bought"),
    "contact.touches": ("Contactos", "Touches"),
    "contact.time": ("Tiempo", "Time"),
    "contact.begins": ("primer contacto", "first touch"),
    "contact.buys": ("compra", "purchase"),
    "contact.at": ("media {mean}, mediana {median}", "mean {mean}, median {median}"),
    # Retention
    "again.title": ("Quiénes vuelven a comprar", "Who buys again"),
    "again.soon": (
        (
            "De quienes compraron por primera vez, el {rate} ({interval}) volvió a comprar dentro "
            "de {days} días."
        ),
        (
            "Of those who bought for the first time, {rate} ({interval}) bought again within "
            "{days} days."
        ),
    ),
    "again.late": (
        (
            "Dentro de {days} días es el {rate} ({interval}), y cada cliente ha rendido en "
            "promedio {currency} {value}."
        ),
        (
            "Within {days} days it is {rate} ({interval}), and a customer has brought in "
            "{currency} {value} on average."
        ),
    ),
    "again.too_early": (
        "Todavía es pronto para saber cuántos vuelven a comprar.",
        "It is too early to tell how many buy again.",
    ),
    "again.read": (
        (
            "Cada fila son los clientes que compraron por primera vez en un mes; cada columna, "
            "cuántos de ellos habían vuelto a comprar a tantos días de esa compra, cada uno desde "
            "la suya. Una casilla rayada aún no madura: a algunos les faltan días; la primera "
            "fila tampoco la cuenta."
        ),
        (
            "Each row is the customers who first bought in a month; each column, how many of them "
            "had bought again by so many days after, counted from each one's own purchase. A "
            "striped cell is not ripe yet: for some the days are not over, and the first row "
            "leaves it out."
        ),
    ),
    "again.cohort": ("Primera compra", "First purchase"),
    "again.customers": ("Clientes", "Customers"),
    "again.value": ("{currency} por cliente", "{currency} per customer"),
    "again.days": ("{days} d", "{days} d"),
    "again.within": ("Volvieron a comprar dentro de … días", "Bought again within … days"),
    "again.by": ("en {days} días", "in {days} days"),
    "again.all": ("Todos los meses", "All months"),
    "again.earlier": ("Meses anteriores", "Earlier months"),
    "again.told": (
        "{bought} de {judged} en {days} días ({interval})",
        "{bought} of {judged} in {days} days ({interval})",
    ),
    "again.values": (
        "Lo que ha rendido cada cliente, en {currency}",
        "What each customer has brought in, in {currency}",
    ),
}
