using System.Text.Json.Nodes;
using Vlm.Text.Jinja;

namespace Vlm.Tests.Text.Jinja;

/// <summary>What is expected here is what Python's Jinja2 3.1.6 writes, set up as transformers sets it up.</summary>
public class JinjaTemplateTests
{
    private const string Variables = """
        {"x": 5, "s": "Hello World", "l": [3, 1, 2], "d": {"b": 1, "a": [1, {"k": null}]}, "n": null, "u": "😀ab",
         "turns": [{"role": "user", "n": 1}, {"role": "assistant", "n": 2}, {"role": "user", "n": 3}]}
        """;

    [Theory]
    [InlineData("{{ x }}|{{ l }}|{{ d }}|{{ n }}|{{ nope }}|{{ true }}|{{ 1.0 }}|{{ 1e16 }}|{{ 0.00001 }}",
        "5|[3, 1, 2]|{'b': 1, 'a': [1, {'k': None}]}|None||True|1.0|1e+16|1e-05")]
    [InlineData("{{ 7 // -2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 3 ** 2 }} {{ 2 + 3 * 4 }} {{ -x|abs }}", "-4 2 3.5 64 14 5")]
    [InlineData("{{ 'a' ~ 1 ~ none }} {{ 'a' + 'b' }} {{ 'ab' * 2 }} {{ [1] + [2] * 2 }}", "a1None ab abab [1, 2, 2]")]
    [InlineData("{{ 1 < 2 < 3 }} {{ 1 == 1.0 }} {{ 'ell' in s }} {{ 9 not in l }} {{ 'b' in d }}", "True True True True True")]
    [InlineData("{{ x or 3 }} {{ 0 and y.z }} {{ not x }} {{ 'a' if x > 9 else 'b' }}{{ 'c' if x > 9 }}", "5 0 False b")]
    [InlineData("{{ l[-1] }} {{ l[::-1] }} {{ l[1:] }} {{ s[1:4] }} {{ u[0] }} {{ u|length }} {{ d['a'][1].k }} {{ d.z }}",
        "2 [2, 1, 3] [1, 2] ell 😀 3 None ")]
    [InlineData("{{ (1, 2) }} {{ (1,) }} {{ {'a': 1, 2: [3,]} }} {{ \"it's\" 'x' }} {{ ['\\n'] }}",
        "(1, 2) (1,) {'a': 1, 2: [3]} it'sx ['\\n']")]
    public void Expressions_have_pythons_values(string template, string expected) => AssertRendered(template, expected);

    [Theory]
    [InlineData("{{ nope is defined }} {{ n is none }} {{ s is string }} {{ d is mapping }} {{ l is iterable }}", "False True True True True")]
    [InlineData("{{ x is odd }} {{ x is divisibleby 5 }} {{ x is not in [5] }} {{ x is eq 5 and x is number }}", "True True False True")]
    [InlineData("{{ true is true }} {{ 1 is true }} {{ s is undefined }} {{ 'a' is lower }}", "True False False True")]
    public void Tests_ask_what_they_say(string template, string expected) => AssertRendered(template, expected);

    [Theory]
    [InlineData("{{ 'hELLO'|capitalize }} {{ ' x '|trim }} {{ s|upper|lower }} {{ 'it is (so)'|title }}", "Hello x hello world It Is (So)")]
    [InlineData("{{ nope|default('q') }} {{ ''|d('q', true) }} {{ n|default('q') }}", "q q None")]
    [InlineData("{{ l|join(',') }} {{ l|first }}{{ l|last }} {{ l|sort }} {{ l|reverse|list }} {{ l|sum }} {{ l|max }}{{ l|min }}",
        "3,1,2 32 [1, 2, 3] [2, 1, 3] 6 31")]
    [InlineData("{{ turns|map(attribute='n')|list }} {{ turns|selectattr('role', 'equalto', 'user')|map(attribute='n')|join('-') }}",
        "[1, 2, 3] 1-3")]
    [InlineData("{{ turns|rejectattr('n', 'gt', 1)|list|length }} {{ ['a', 'b']|map('upper')|join }} {{ [1, 0]|select|list }}", "1 AB [1]")]
    [InlineData("{{ d|tojson }} {{ 'é<\"\\n'|tojson }} {{ [1.0, none, true]|tojson(separators=(',', ':')) }}",
        "{\"b\": 1, \"a\": [1, {\"k\": null}]} \"é<\\\"\\n\" [1.0,null,true]")]
    [InlineData("{{ {'a': [1, {}]}|tojson(indent=2) }}", "{\n  \"a\": [\n    1,\n    {}\n  ]\n}")]
    [InlineData("{{ '3.7'|int }} {{ 'x'|int(9) }} {{ '1.5'|float }} {{ 42.55|round(1) }} {{ 2.5|round }} {{ true|int }}", "3 9 1.5 42.5 2.0 1")]
    [InlineData("{{ 'a\\nb\\n\\nc'|indent(2) }}|{{ 'a b'|replace(' ', '_') }} {{ '%s=%d' % ('n', 3) }} {{ '%.2f'|format(1.5) }}",
        "a\n  b\n\n  c|a_b n=3 1.50")]
    [InlineData("{{ d|dictsort }} {{ d|items|first }} {{ [1, 2, 1]|unique|list }} {{ [1, 2, 3]|batch(2)|list }} {{ '<'|e }}{{ '<'|safe }}",
        "[('a', [1, {'k': None}]), ('b', 1)] ('b', 1) [1, 2] [[1, 2], [3]] &lt;<")]
    [InlineData("{% for g in turns|groupby('role') %}{{ g.grouper }}{{ g.list|length }} {% endfor %}", "assistant1 user2 ")]
    public void Filters_do_what_jinja_does(string template, string expected) => AssertRendered(template, expected);

    [Theory]
    [InlineData("{{ ' a '.strip() }}{{ 'xxa'.lstrip('x') }}{{ 'ab'.rstrip('b') }} {{ 'a,b,c'.split(',', 1) }} {{ ' a  b '.split() }}",
        "aaa ['a', 'b,c'] ['a', 'b']")]
    [InlineData("{{ ' a b c '.rsplit(none, 1) }} {{ ' a b c '.split(none, 1) }} {{ 'a-b-c'.rpartition('-') }}",
        "[' a b', 'c'] ['a', 'b c '] ('a-b', '-', 'c')")]
    [InlineData("{{ 'abc'.startswith('a') }} {{ 'abc'.endswith(('x', 'c')) }} {{ 'aba'.replace('a', 'z', 1) }} {{ ','.join(['a', 'b']) }}",
        "True True zba a,b")]
    [InlineData("{{ d.get('z', 7) }} {{ d.keys()|list }} {% for k, v in d.items() %}{{ k }}{% endfor %} {{ [1, 1].count(1) }}",
        "7 ['b', 'a'] ba 2")]
    public void Methods_do_what_pythons_do(string template, string expected) => AssertRendered(template, expected);

    [Theory]
    [InlineData("{% for i in l %}{{ loop.index }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.previtem }};{% endfor %}",
        "12TrueFalse;21FalseFalse3;30FalseTrue1;")]
    [InlineData("{% for i in range(9) if i is odd %}{% if i == 3 %}{% continue %}{% endif %}{% if i == 7 %}{% break %}{% endif %}{{ i }}/{{ loop.length }} {% endfor %}",
        "1/4 5/4 ")]
    [InlineData("{% for i in nope %}x{% else %}none{% endfor %}{% for a, b in [[1, 2]] %}{{ a + b }}{% endfor %}", "none3")]
    [InlineData("{% for i in [1, [2, [3]]] recursive %}{% if i is iterable %}({{ loop(i) }}){% else %}{{ i }}{% endif %}{% endfor %}", "1(2(3))")]
    [InlineData("{% set a = 1 %}{% for i in l %}{% set a = a + i %}{{ a }}{% endfor %}{{ a }}", "4231")]
    [InlineData("{% set ns = namespace(a=1) %}{% for i in l %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}", "7")]
    [InlineData("{% set a, b = 1, 2 %}{{ b }}{% set z | upper %}block {{ x }}{% endset %}{{ z }}", "2BLOCK 5")]
    [InlineData("{% macro m(a, b=2) %}<{{ a }}{{ b }}>{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}{{ m() }}", "<12><13><2>")]
    [InlineData("{% macro w() %}[{{ caller(2) }}]{% endmacro %}{% call(a) w() %}{{ a + x }}{% endcall %}", "[7]")]
    [InlineData("{% filter upper %}a{% endfilter %}{% with q = 1 %}{{ q }}{% endwith %}{{ q }}{% generation %}g{% endgeneration %}", "A1g")]
    [InlineData("{% if n %}a{% elif x %}b{% else %}c{% endif %}{% raw %}{{ x }}{% endraw %}{# note #}.", "b{{ x }}.")]
    public void Statements_choose_repeat_and_remember(string template, string expected) => AssertRendered(template, expected);

    [Theory]
    [InlineData("  {% if true %}\n    a\n  {% endif %}\nb\n", "    a\nb")]
    [InlineData("a {%- if true -%} b {%- endif -%} c", "abc")]
    [InlineData("x  {{ 'y' }}\nz {{- 1 }}", "x  y\nz1")]
    [InlineData("a{% if true %}  {% endif %}  {% if true %}b{% endif %}", "a    b")]
    [InlineData("  {%+ if true %} a{% endif +%}\nb", "   a\nb")]
    [InlineData("a\n  {# c #}\n  b\r\nc\n\n", "a\n  b\nc\n")]
    public void White_space_is_trimmed_as_transformers_sets_it(string template, string expected) => AssertRendered(template, expected);

    [Fact]
    public void The_clock_is_the_one_that_is_given() => Assert.Equal("2026-03-07 07 Mar 14:05 PM 066 %", Render(
        "{{ strftime_now('%Y-%m-%d %d %b %H:%M %p %j %%') }}", new FixedClock()));

    [Theory]
    [InlineData("a\n{{ 1 + }}", "an expression is expected, not '}}'", 2)]
    [InlineData("a\n\n{% if x %}", "'endif' is expected, not the end of the template", 3)]
    [InlineData("{% for x in y %}\n{% endif %}", "'endfor' is expected, not 'endif'", 2)]
    [InlineData("{% endfor %}", "'endfor' closes nothing", 1)]
    [InlineData("\n{% include 'x' %}", "there is no statement 'include' here", 2)]
    [InlineData("\n\n{{ x|shell }}", "there is no filter 'shell' here", 3)]
    [InlineData("{{ x is a }}", "there is no test 'a' here", 1)]
    [InlineData("a\n{{ 'x }}", "a text that starts with ' is not closed", 2)]
    [InlineData("a\n{# x", "a comment {# is not closed by #}", 2)]
    [InlineData("{{ x $ }}", "the letter '$' means nothing here", 1)]
    [InlineData("{% break %}", "'break' is in no loop", 1)]
    public void A_mistake_is_shown_with_its_line(string template, string problem, int line)
    {
        var error = Assert.Throws<UsageException>(() => JinjaTemplate.Parse(template, "chat_template.jinja"));

        Assert.Equal($"the chat template cannot be read: {problem}", error.Message);
        Assert.Equal($"chat_template.jinja, line {line} of the template", error.Where);
    }

    [Theory]
    [InlineData("\n{{ nope.x }}", "'nope' is undefined", 2)]
    [InlineData("{{ d.z.y }}", "a dict has no 'z'", 1)]
    [InlineData("{{ 1 +\n 'a' }}", "'+' does not work on a int and a str", 1)]
    [InlineData("{% for i in 5 %}{% endfor %}", "a int has no items to go through", 1)]
    [InlineData("a\n\n{{ raise_exception('no tools') }}", "it refuses these messages: no tools", 3)]
    [InlineData("{{ l.append(1) }}", "'append' would change a list, which a template may not", 1)]
    [InlineData("{{ 1 // 0 }}", "a division by zero", 1)]
    [InlineData("{{ [1, 'a']|sort }}", "a int and a str have no order", 1)]
    [InlineData("{% set d.x = 1 %}", "'d' is no namespace, so nothing in it can be set", 1)]
    [InlineData("{{ ''.__class__.__mro__ }}", "a str has no '__class__'", 1)]
    public void A_failure_is_shown_with_its_line(string template, string problem, int line)
    {
        var error = Assert.Throws<UsageException>(() => Render(template));

        Assert.Equal($"the chat template fails: {problem}", error.Message);
        Assert.Equal($"inline, line {line} of the template", error.Where);
    }

    private static void AssertRendered(string template, string expected) => Assert.Equal(expected, Render(template));

    private static string Render(string template, TimeProvider? clock = null) => JinjaTemplate.Parse(template, "inline")
        .Render([], generationPrompt: true, JsonNode.Parse(Variables)!.AsObject(), clock);

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 3, 7, 14, 5, 9, TimeSpan.Zero);
    }
}
