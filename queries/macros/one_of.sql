-- What an analyst chose of some words, or an error that names them: a misspelt choice must not be
-- answered as another one.
create or replace macro one_of(chosen, parameter, words) as
if(
    list_contains(words, chosen),
    chosen,
    error(
        parameter || ': expected ' || array_to_string(words, ', ') || '; found '
        || coalesce(chosen::varchar, 'null')
    )
);
