using System.Globalization;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Reads rubrics: a preset's name, or a text file, which may begin with settings.</summary>
/// <example>
/// <code>
/// mode: reference
/// range: 1-5
/// dimensions: accuracy, tone
/// ---
/// Compare {answer} with {reference}, answers to {question} ...
/// </code>
/// </example>
public static class RubricFile
{
    private const string Rule = "---";
    private const long MostBytes = 1 << 20;
    private static readonly string[] s_settings = ["mode", "form", "range", "dimensions"];

    /// <summary>A preset, or the rubric of a file.</summary>
    /// <param name="nameOrPath">A name of <see cref="RubricPresets.Table"/>, or a path.</param>
    /// <param name="mode">What it is used for; null for what it is made for.</param>
    /// <exception cref="UsageException">
    /// There is neither; a setting is none; a placeholder is missing or unknown; its
    /// verdict is not what the mode reads.
    /// </exception>
    public static Rubric Load(string nameOrPath, JudgeMode? mode = null)
    {
        Rubric rubric = RubricPresets.Table.Contains(nameOrPath) ? RubricPresets.Table[nameOrPath]
            : File.Exists(nameOrPath) ? Parse(Read(nameOrPath), nameOrPath, mode)
            : throw new UsageException($"there is no rubric '{nameOrPath}', neither a preset nor a file", nameOrPath,
                $"{NearestName.Of(nameOrPath, RubricPresets.Table.Names) ?? RubricPresets.Pointwise.Name}, or the path of a text with {{question}} and {{answer}}");
        return rubric.For(mode ?? rubric.Mode);
    }

    /// <summary>The rubric of a text.</summary>
    /// <param name="text">Settings, a line ---, and the rubric; or the rubric alone.</param>
    /// <param name="name">For messages.</param>
    /// <param name="mode">What it is used for; null for what its settings, or its placeholders, say.</param>
    /// <inheritdoc cref="Load" path="/exception"/>
    internal static Rubric Parse(string text, string name, JudgeMode? mode)
    {
        text = text.ReplaceLineEndings("\n");
        int rule = text.StartsWith(Rule + "\n", StringComparison.Ordinal) ? -1
            : text.IndexOf($"\n{Rule}\n", StringComparison.Ordinal);
        string head = rule < 0 ? "" : text[..rule], body = rule < 0 ? text : text[(rule + Rule.Length + 2)..];
        Dictionary<string, string> settings = rule >= 0 && Settings(head) is { } read ? read : [];
        if (settings.Count == 0)
            body = text;       // a rule of the text's own
        if (settings.Keys.FirstOrDefault(key => !s_settings.Contains(key)) is { } odd)
            throw new UsageException($"'{odd}' is no setting of a rubric", name,
                NearestName.Of(odd, s_settings) ?? string.Join(", ", s_settings));
        string[] dimensions = [.. settings.GetValueOrDefault("dimensions", "")
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        JudgeMode used = mode ?? (settings.TryGetValue("mode", out string? said) ? Member<JudgeMode>(said, "mode", name)
            : Guess(body, dimensions));
        VerdictForm form = settings.TryGetValue("form", out string? written)
            ? Member<VerdictForm>(written, "form", name) : Rubric.FormsOf(used)[0];
        if (form == VerdictForm.Dimensions
            && (dimensions.Length == 0
            || dimensions.Distinct(StringComparer.OrdinalIgnoreCase).Count() != dimensions.Length))
            throw new UsageException(
                "the rubric names no dimensions, or one twice", name,
                "a first line 'dimensions: accuracy, tone' and a line ---");
        (double low, double high) = settings.TryGetValue("range", out string? range) ? Range(range, name) : (1, 10);
        return new Rubric(name, body.Trim(), form) { Mode = used, Low = low, High = high, Dimensions = dimensions };
    }

    // Lines "key: value" and nothing else; null for another text.
    private static Dictionary<string, string>? Settings(string head)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in head.Split(
            '\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            if (line.Split(':', 2, StringSplitOptions.TrimEntries) is not [var key, var value]
                || key.Contains(' ', StringComparison.Ordinal)
                || !settings.TryAdd(key, value))
                return null;
        return settings;
    }

    private static JudgeMode Guess(string body, string[] dimensions) => dimensions.Length > 0 ? JudgeMode.Reference
        : new RubricTemplate(body).Placeholders.Contains(Rubric.AnswerA) ? JudgeMode.Pairwise : JudgeMode.Pointwise;

    private static T Member<T>(string text, string setting, string name)
        where T : struct, Enum
    {
        foreach (T member in Enum.GetValues<T>())
            if (OptionText.Show(member) == text)
                return member;
        throw new UsageException($"'{text}' is no {setting}", name,
            $"{setting}: {string.Join(", ", Enum.GetValues<T>().Select(member => OptionText.Show(member)))}");
    }

    private static (double Low, double High) Range(string text, string name) =>
        text.Split('-', StringSplitOptions.TrimEntries) is [var from, var to]
        && double.TryParse(from, CultureInfo.InvariantCulture, out double low)
            && double.TryParse(to, CultureInfo.InvariantCulture, out double high)
        && double.IsFinite(low) && double.IsFinite(high) && low < high
            ? (low, high) : throw new UsageException($"'{text}' is no range", name, "range: 1-10");

    private static string Read(string path)
    {
        try
        {
            byte[] bytes = RegularFile.ReadAllBytes(path, MostBytes);
            return new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException(
                $"the rubric cannot be read: {error.Message}", path, "a text file in UTF-8, or a preset: "
                + string.Join(", ", RubricPresets.Table.Names));
        }
    }
}
