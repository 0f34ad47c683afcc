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

-- Whether a text says yes; null where it says neither yes nor no.
create or replace macro truth_of(text) as
    case
        when lower(trim(text)) in ('true', 't', 'yes', 'y', '1', 'si', 'sí') then true
        when lower(trim(text)) in ('false', 'f', 'no', 'n', '0') then false
    end;

-- A consent in our words: 'granted', 'denied', or null where the text says neither.
create or replace macro consent_of(text) as
    case
        when lower(trim(text)) = 'granted' or truth_of(text) then 'granted'
        when lower(trim(text)) = 'denied' or not truth_of(text) then 'denied'
    end;
