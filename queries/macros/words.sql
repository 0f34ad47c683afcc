-- What the words of other tools mean in ours.

-- A text, or null where the tool only says that it has nothing to say.
create or replace macro known(text) as
    case
        when
            lower(trim(text)) not in (
                '', '(not set)', '(none)', '(direct)', '(not provided)', '(data not available)'
            )
            then trim(text)
    end;

-- Whether what stands for an identifier only says that there is none.
create or replace macro is_nobody(id) as
    lower(id) in (
        '', '-', '--', 'null', 'nil', 'none', 'nan', 'na', 'n/a', 'undefined', 'unknown', 'anonymous', 'guest',
        'false', '(not set)', '(none)', '(null)', '[object object]', '{}', '[]', '<na>', '#n/a', 'nat', '\n',
        '00000000-0000-0000-0000-000000000000'
    );

-- An id of any type as text: a whole number as it is written, also where a gap in its column made floats of all.
create or replace macro plain_id(id) as
    case
        when
            regexp_matches(typeof(id), '^(DOUBLE|FLOAT|DECIMAL)')
            and try_cast(id as double) = trunc(try_cast(id as double))
            and abs(try_cast(id as double)) < 9007199254740992
            then try_cast(id as bigint)::varchar
        else id::varchar
    end;

-- Whether a text says yes; null where it says neither yes nor no.
create or replace macro truth_of(text) as
    case
        when lower(trim(text)) in ('true', 't', 'yes', 'y', '1', '1.0', 'si', 'sí') then true
        when lower(trim(text)) in ('false', 'f', 'no', 'n', '0', '0.0') then false
    end;

-- A consent in our words: 'granted', 'denied', or null where the text only says that nobody was asked yet.
-- A word that we do not know is a denial: who withdraws consent in a new word has withdrawn it.
create or replace macro consent_of(text) as
    case
        when
            lower(trim(text)) in (
                'granted', 'grant', 'given', 'allowed', 'allow', 'accepted', 'accept', 'agreed', 'agree',
                'approved', 'authorized', 'authorised', 'consented', 'opt_in', 'opt-in', 'optin', 'opted_in',
                'opted-in', 'opted in', 'subscribed', 'enabled', 'on', '1.0', 'otorgado', 'concedido',
                'aceptado', 'acepta', 'acepto', 'permitido', 'autorizado', 'consentido', 'suscrito'
            )
            or truth_of(text)
            then 'granted'
        when
            lower(trim(text)) not in (
                '', '-', 'null', 'nil', 'none', 'nan', 'na', 'n/a', '<na>', 'undefined', 'unknown', 'unset', 'not_set',
                '(not set)', 'not set', 'unspecified', 'consent_unspecified', 'default', 'pending', 'prompt',
                'ask', 'not_asked', 'desconocido', 'pendiente', 'sin respuesta'
            )
            then 'denied'
    end;

-- Our event for a name that tools share: of the ecommerce spec, old and new, or GA4's, in any case and
-- with anything between the words; null for any other.
create or replace macro ecommerce_event(word) as
    map_from_entries([
        ('products searched', 'search'),
        ('searched products', 'search'),
        ('search', 'search'),
        ('product list viewed', 'view_item_list'),
        ('product list filtered', 'view_item_list'),
        ('viewed product category', 'view_item_list'),
        ('view item list', 'view_item_list'),
        ('product clicked', 'select_item'),
        ('clicked product', 'select_item'),
        ('select item', 'select_item'),
        ('product viewed', 'view_item'),
        ('viewed product', 'view_item'),
        ('view product', 'view_item'),
        ('view item', 'view_item'),
        ('promotion viewed', 'view_promotion'),
        ('viewed promotion', 'view_promotion'),
        ('view promotion', 'view_promotion'),
        ('promotion clicked', 'select_promotion'),
        ('clicked promotion', 'select_promotion'),
        ('select promotion', 'select_promotion'),
        ('product added', 'add_to_cart'),
        ('added product', 'add_to_cart'),
        ('product added to cart', 'add_to_cart'),
        ('wishlist product added to cart', 'add_to_cart'),
        ('added to cart', 'add_to_cart'),
        ('add to cart', 'add_to_cart'),
        ('product removed', 'remove_from_cart'),
        ('removed product', 'remove_from_cart'),
        ('removed from cart', 'remove_from_cart'),
        ('remove from cart', 'remove_from_cart'),
        ('cart viewed', 'view_cart'),
        ('viewed cart', 'view_cart'),
        ('view cart', 'view_cart'),
        ('product added to wishlist', 'add_to_wishlist'),
        ('added to wishlist', 'add_to_wishlist'),
        ('add to wishlist', 'add_to_wishlist'),
        ('checkout started', 'begin_checkout'),
        ('started checkout', 'begin_checkout'),
        ('begin checkout', 'begin_checkout'),
        ('checkout step viewed', 'begin_checkout'),
        ('viewed checkout step', 'begin_checkout'),
        ('checkout step completed', 'begin_checkout'),
        ('completed checkout step', 'begin_checkout'),
        ('payment info entered', 'add_payment_info'),
        ('add payment info', 'add_payment_info'),
        ('shipping info entered', 'add_shipping_info'),
        ('add shipping info', 'add_shipping_info'),
        ('order completed', 'purchase'),
        ('completed order', 'purchase'),
        ('purchase', 'purchase'),
        ('order refunded', 'refund'),
        ('refunded order', 'refund'),
        ('refund', 'refund'),
        ('order cancelled', 'order_cancelled'),
        ('order canceled', 'order_cancelled'),
        ('cancelled order', 'order_cancelled'),
        ('canceled order', 'order_cancelled'),
        ('product reviewed', 'review'),
        ('reviewed product', 'review'),
        ('signed up', 'sign_up'),
        ('sign up', 'sign_up'),
        ('user signed up', 'sign_up'),
        ('account created', 'sign_up'),
        ('signed in', 'login'),
        ('logged in', 'login'),
        ('user logged in', 'login'),
        ('login', 'login'),
        ('lead generated', 'generate_lead'),
        ('generate lead', 'generate_lead'),
        ('application installed', 'first_visit'),
        ('application opened', 'session_start')
    ])[trim(regexp_replace(lower(word), '[^a-z0-9]+', ' ', 'g'))];
