using Vlm.Text.Jinja;

namespace Vlm.Tests.Text.Jinja;

public class BudgetTests
{
    private const string Grow = "{% set ns = namespace(s='ab', l=[1]) %}{% for i in range(60) %}";

    [Theory]
    [InlineData("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}", "does not end within 1,000,000 steps")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "is nested deeper than 600 parts")]
    [InlineData("{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", "is nested deeper than 600 parts")]
    [InlineData(Grow + "{% set ns.s = ns.s ~ ns.s %}{% endfor %}", "handles more than 64,000,000 characters")]
    [InlineData(Grow + "{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}", "does not end within 1,000,000 steps")]
    [InlineData(Grow + "{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}", "does not end within 1,000,000 steps")]
    [InlineData("{{ 'a' * 10000000000 }}", "handles more than 64,000,000 characters")]
    [InlineData("{{ range(10 ** 15)|length }}", "handles more than 64,000,000 characters")]
    [InlineData("{{ 'a'.ljust(10 ** 12) }}", "handles more than 64,000,000 characters")]
    [InlineData("{{ ('a' * 10000)|replace('a', 'b' * 100000) }}", "handles more than 64,000,000 characters")]
    [InlineData("{% set s = 'a' * 10000000 %}{% for i in range(90000) %}{{ 'b' in s }}{{ s|length }}{% endfor %}", "handles more than 64,000,000 characters")]
    public void A_template_that_would_go_on_or_grow_is_ended(string template, string problem)
    {
        var error = Assert.Throws<UsageException>(
            () => JinjaTemplate.Parse(template, "chat_template.jinja").Render([], generationPrompt: true));

        Assert.Equal(
            $"error: the chat template fails: it {problem}\n   at: chat_template.jinja, line 1 of the template\n"
            + "  try: other messages, or the folder without its chat template: the model family's own is then used",
            error.Render());
    }

    // 50,000 lists inside one another: writing or comparing them must not use up the stack.
    [Theory]
    [InlineData("{{ ns.l }}")]
    [InlineData("{{ ns.l|tojson }}")]
    [InlineData("{{ ns.l == ns.m }}")]
    public void A_deep_value_is_no_deep_stack(string use)
    {
        string template = "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(50000) %}"
            + "{% set ns.l = [ns.l] %}{% set ns.m = [ns.m] %}{% endfor %}" + use;

        var error = Assert.Throws<UsageException>(() => JinjaTemplate.Parse(template, "x").Render([], true));

        Assert.Equal("the chat template fails: it is nested deeper than 600 parts", error.Message);
    }

    [Theory]
    [InlineData("{{ ", "(", "1", ")")]
    [InlineData("{{ ", "not ", "1", "")]
    [InlineData("{{ ", "- ", "1", "")]
    [InlineData("{{ ", "[", "", "]")]
    [InlineData("", "{% if 1 %}", "{{ 1", "")]
    [InlineData("{{ ", "1 if 1 else ", "1", "")]
    public void A_deep_template_is_refused_when_it_is_read(string before, string open, string inside, string close)
    {
        static string Repeated(string text) => string.Concat(Enumerable.Repeat(text, 20_000));
        string template = before + Repeated(open) + inside + Repeated(close) + " }}";

        var error = Assert.Throws<UsageException>(() => JinjaTemplate.Parse(template, "x"));

        Assert.Equal("the chat template cannot be read: it is nested deeper than 150 parts", error.Message);
    }

    [Theory]
    [InlineData("{{ 1", "+1", " }}")]
    [InlineData("{{ 1", "|string", " }}")]
    [InlineData("{% filter upper", "|upper", " %}{% endfilter %}")]
    [InlineData("{{ messages", "[0:]", " }}")]
    public void A_long_chain_ends_at_the_depth(string before, string repeated, string after)
    {
        string template = before + string.Concat(Enumerable.Repeat(repeated, 20_000)) + after;

        var error = Assert.Throws<UsageException>(() => JinjaTemplate.Parse(template, "x").Render([], true));

        Assert.Equal("the chat template fails: it is nested deeper than 600 parts", error.Message);
    }

    [Fact]
    public void A_source_of_more_than_a_million_characters_is_not_read()
    {
        var error = Assert.Throws<UsageException>(() => JinjaTemplate.Parse(new string('a', 1_000_001), "x"));

        Assert.Equal(
            "the chat template cannot be read: it has 1,000,001 characters, more than 1,000,000", error.Message);
    }
}
