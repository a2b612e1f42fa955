"""The grammar, LALR(1); its terminals are made by `words`. Chains are flat, so that a long sum is not a deep tree."""

GRAMMAR = r"""
%declare NAME NUMBER DATE TEXT IF ELSE OR AND NOT IN TRUE FALSE NONE
%declare COMPARE PLUS MINUS TIMES LPAR RPAR LSQB RSQB COMMA DOT

?start: choice
?choice: either
    | either IF either ELSE choice             -> choose
?either: both
    | both (OR both)+                          -> either
?both: inverse
    | inverse (AND inverse)+                   -> both
?inverse: comparison
    | NOT inverse                              -> inverse
?comparison: amount
    | amount (comparator amount)+              -> compare
comparator: COMPARE | IN | NOT IN
?amount: term
    | term ((PLUS | MINUS) term)+              -> chain
?term: signed
    | signed (TIMES signed)+                   -> chain
?signed: atom
    | MINUS signed                             -> minus
?atom: NUMBER                                  -> number
    | DATE                                     -> date
    | TEXT                                     -> text
    | TRUE                                     -> true
    | FALSE                                    -> false
    | NONE                                     -> none
    | LSQB [choice (COMMA choice)* [COMMA]] RSQB  -> series
    | LPAR choice COMMA [choice (COMMA choice)* [COMMA]] RPAR  -> series
    | LPAR choice RPAR                         -> group
    | reach
?reach: NAME                                   -> name
    | NAME LPAR [choice (COMMA choice)*] RPAR  -> call
    | reach DOT NAME                           -> path
    | reach LSQB choice RSQB                   -> item
"""
