"""What the shop sells, and where its customers live."""

import numpy as np

# sku, name, category, price in Chilean pesos
_PRODUCTS = (
    ("RAM-ROSAS-12", "Ramo de 12 rosas", "ramos", 24990),
    ("RAM-ROSAS-24", "Ramo de 24 rosas", "ramos", 42990),
    ("RAM-TULIPAN", "Ramo de tulipanes", "ramos", 28990),
    ("RAM-GIRASOL", "Ramo de girasoles", "ramos", 19990),
    ("RAM-LILIUM", "Ramo de lilium", "ramos", 26990),
    ("RAM-CAMPO", "Ramo de flores de campo", "ramos", 16990),
    ("RAM-PEONIA", "Ramo de peonías", "ramos", 39990),
    ("ARR-PRIMAVERA", "Arreglo primavera", "arreglos", 32990),
    ("ARR-MAMA", "Arreglo para mamá", "arreglos", 36990),
    ("ARR-CORAZON", "Corazón de rosas", "arreglos", 54990),
    ("ARR-CUMPLE", "Arreglo de cumpleaños", "arreglos", 29990),
    ("ARR-CONDOLENCIA", "Arreglo de condolencias", "arreglos", 45990),
    ("PLA-ORQUIDEA", "Orquídea blanca", "plantas", 27990),
    ("PLA-CALATHEA", "Calathea", "plantas", 18990),
    ("PLA-SUCULENTA", "Trío de suculentas", "plantas", 12990),
    ("PLA-LAVANDA", "Lavanda en maceta", "plantas", 9990),
    ("CAJ-ROSAS", "Caja de rosas", "cajas", 48990),
    ("CAJ-MIXTA", "Caja de flores y chocolates", "cajas", 52990),
    ("SUS-MENSUAL", "Flores de cada mes", "suscripciones", 34990),
    ("NOV-RAMO", "Ramo de novia", "ramos", 69990),
)
_EXTRAS = (
    ("EXT-TARJETA", "Tarjeta de saludo", "extras", 2990),
    ("EXT-CHOCOLATE", "Chocolates", "extras", 7990),
    ("EXT-FLORERO", "Florero de vidrio", "extras", 11990),
)
SKUS = tuple(sku for sku, _, _, _ in (*_PRODUCTS, *_EXTRAS))
NAMES = tuple(name for _, name, _, _ in (*_PRODUCTS, *_EXTRAS))
CATEGORIES = tuple(category for _, _, category, _ in (*_PRODUCTS, *_EXTRAS))
PRICES = np.array([price for _, _, _, price in (*_PRODUCTS, *_EXTRAS)], dtype=np.int64)
PRODUCTS = len(_PRODUCTS)
EXTRAS = len(_EXTRAS)
# Roses sell more than orchids: the n-th product is worth about 1/sqrt(n) of the first.
POPULARITY = 1 / np.sqrt(np.arange(1, PRODUCTS + 1))

COMUNAS = (
    "Ñuñoa", "Providencia", "Santiago", "La Reina", "Las Condes", "Macul", "Maipú",
    "La Florida", "San Miguel", "Independencia", "Recoleta", "Peñalolén",
)  # fmt: skip
SEARCHES = (
    "rosas", "flores a domicilio", "ramo cumpleaños", "tulipanes", "orquidea", "flores baratas",
    "girasoles", "regalo mama", "caja de rosas", "flores condolencias",
)  # fmt: skip
