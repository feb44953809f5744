"""Writes which texts RE2 matches as a whole with each pattern, and which patterns it rejects:

    python regular_expressions.py ../../packages/onnx/src/regular-expression.golden.json

Needs google-re2 1.1.
"""
import json
import sys

import re2

patterns = r"""
a|ab
(a|ab)(c|bcd)(d*)
[a-c]+\d{2,3}
[^a-c]+
[^\d\s]*
[]a]+
[^]a]+
[a\]b-]+
[a-]+
[-a]+
[\w.+-]+@[\w-]+\.[\w.-]+
(?i)straße|abc
(?i)[^a-c]+
(?i:AB)c
a(?i)b|c
(?i-i:a)B
.
.*
(?s).
(?s:.)+
^abc$
^$
a^b
(?m)a$.^b
(?ms)a$.^b
(?m)^a$\n^b$
\Aab\z
\bfoo\b.*
foo\Bbar
\bé
[[:alpha:]]+[[:digit:]]*
[[:^alpha:]]+
[[:punct:][:space:]]+
[[:word:]]{3}
\pL+
\p{Lu}\p{Ll}*
\P{L}+
\p{^L}+
\p{Greek}+
[\p{Greek}\d]+
\x41\x{1F600}?
\t\n\r\f\v\a
\Qa.b*\E+
\Qa.b
\0
\*\.\[\]\(\)
a{2}
a{2,}
a{0}
a{,2}
a{2,1}
a{1001}
a{1000}
x{2}{3}
a**
a*?b+?c??
a*+
(?P<year>\d{4})-(?P<month>\d\d)
(?<year>\d{4})
(?:a|b|)+
(|a)*
(a*)*
(a*)+b
((a?){3}){2}
()
(
)
[
[a
[b-a]
[\d-z]
[a-\d]
a\
\1
(a)\1
(?=a)b
(?!a)b
(?<=a)b
(?<!a)b
(?>a)
(?x)a b
(?U)a+
*a
+
?
a||b
[a-b-c]+
\Z
\e
\u0041
\p{Foo}
[[:foo:]]
[:alpha:]+
\x{110000}
{2}
a{x}
(?i)K
[é-ü]+
\d+(\.\d+)?([eE][+-]?\d+)?
""".strip("\n").split("\n")
texts = ["", "a", "b", "c", "ab", "abc", "abcd", "ABc", "aBc", "aB", "aa", "aaa", "aaaa", "aab", "b12", "ab123", "abc1", "]", "]a", "a]b-", "-", "a-", "é", "éa", "ü",
    "x@y.z", "foo.bar+baz@mail-1.example.org", "STRASSE", "straße", "STRAẞE", "\n", "a\nb", "ab\n", "foo bar", "foobar", "foo", "ÀÉ", "Ab", "αβγ", "αβ7", "A😀", "A", "😀",
    "\t\n\r\f\v\a", "a.b*", "a.b**", "a.b", "\0", "*.[]()", "{2}", "a{x}", "a{,2}", "2024-05", "2024", " ", "!?", "! ?", "B", "K", "K", "k", ":al", "x" * 6, "a" * 1000, "a" * 1001,
    "1.5e-3", "-1", "12", "1.", "aaab", "abbbc", "xyz", "日本", "b-a", "foo-x", "a b"]
cases = []
for pattern in patterns:
    try:
        options = re2.Options()
        options.log_errors = False
        compiled = re2.compile(pattern, options)
        cases.append([pattern, [i for i, text in enumerate(texts) if compiled.fullmatch(text)]])
    except re2.error:
        cases.append([pattern, None])
with open(sys.argv[1], "w") as file:
    json.dump({"origin": "google-re2, by tools/golden/regular_expressions.py", "texts": texts, "cases": cases}, file)
    file.write("\n")
