using System.Text;

namespace Vlm.Grpo;

/// <summary>What --help prints: made from the options record, so it cannot differ from what runs.</summary>
internal static class HelpText
{
    public static string Of(string recipe, string summary, IReadOnlyList<OptionSpec> specs, string words = "")
    {
        var text = new StringBuilder($"{recipe}: {summary}\n\n  ./vlm {recipe} [options]{words}\n");
        int width = specs.Max(spec => Head(spec).Length);
        foreach (IGrouping<string, OptionSpec> group in specs.GroupBy(spec => spec.Info.Group))
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
        return $"  {Head(spec).PadRight(width)}  {spec.Info.Description}{(facts.Length > 0 ? $" ({facts})" : "")}";
    }

    private static string Head(OptionSpec spec) => spec.IsFlag ? spec.Name : $"{spec.Name} <{Placeholder(spec)}>";

    private static string Placeholder(OptionSpec spec) => spec.Type switch
    {
        { IsEnum: true } => "word",
        _ when spec.IsList => "text ...",
        _ when spec.Type == typeof(string) => "text",
        _ => spec.Info.Unit is { Length: > 0 } unit ? unit : "number",
    };

    private static IEnumerable<string> Facts(OptionSpec spec)
    {
        if (spec.Type.IsEnum)
            yield return spec.Kind();
        if (spec.Info.Required)
            yield return "required";
        else if (OptionSpec.Show(spec.Default) is { Length: > 0 } usual && usual != "false")
            yield return $"default {usual}";
        if (spec.Limits() is { Length: > 0 } limits)
            yield return limits;
        if (spec.Info.Smoke is { } smoke)
            yield return $"smoke {OptionSpec.Show(smoke)}";
    }
}
