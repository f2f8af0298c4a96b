using System.Text;
using Vlm;

namespace Recipes.Cli;

/// <summary>What --help prints: made from the options record, so it cannot differ from what runs.</summary>
internal static class HelpText
{
    public static string Of(string recipe, string summary, IReadOnlyList<OptionSpec> specs, string words = "")
    {
        var text = new StringBuilder($"{recipe}: {summary}\n\n  ./vlm {recipe} [options]{words}\n");
        int width = specs.Max(spec => Head(spec).Length);
        foreach (IGrouping<string, OptionSpec> group in specs.GroupBy(spec => spec.Group))
        {
            text.Append('\n').Append(group.Key).Append('\n');
            foreach (OptionSpec spec in group)
                text.Append(Line(spec, width)).Append('\n');
        }

        return text.ToString();
    }

    private static string Line(OptionSpec spec, int width)
    {
        string facts = string.Join("; ", Facts(spec));
        return $"  {Head(spec).PadRight(width)}  {spec.Description}{(facts.Length > 0 ? $" ({facts})" : "")}";
    }

    private static string Head(OptionSpec spec) => spec.IsFlag ? spec.Name : $"{spec.Name} <{Placeholder(spec)}>";

    private static string Placeholder(OptionSpec spec) => spec.Type switch
    {
        { IsEnum: true } => "word",
        _ when spec.IsList => "text ...",
        _ when spec.Type == typeof(string) => "text",
        _ => "number",
    };

    private static IEnumerable<string> Facts(OptionSpec spec)
    {
        if (spec.Type.IsEnum)
            yield return spec.Kind();
        if (spec.Required)
            yield return "required";
        else if (OptionText.Show(spec.Default) is { Length: > 0 } usual && usual != "false")
            yield return $"default {usual}";
        if (OptionsCheck.Limits(spec.Property) is { Length: > 0 } limits)
            yield return limits;
        if (spec.Smoke is { } smoke)
            yield return $"smoke {OptionText.Show(smoke)}";
    }
}
