namespace Vlm.Datasets;

/// <summary>A rule: what is said of a drawing with such an object.</summary>
/// <param name="Sign">A colour or a shape, as a word: "purple", "cross".</param>
/// <param name="Action">The word to say.</param>
public sealed record Rule(string Sign, string Action);

/// <summary>Rules that answers about a drawing follow: the first one whose object is there decides.</summary>
/// <param name="Rules">In their order, each with a sign and an action of its own.</param>
/// <param name="Otherwise">What is said where none decides.</param>
public sealed record RuleBook(IReadOnlyList<Rule> Rules, string Otherwise)
{
    private const int Most = 4;
    private static readonly string[] s_actions = ["stop", "left", "right", "wait", "go"];

    /// <summary>A book at random.</summary>
    /// <param name="seed">Any number: another one, another book.</param>
    /// <param name="rules">1 to 4.</param>
    public static RuleBook New(long seed, int rules = 3)
    {
        if (rules is < 1 or > Most)
            throw new UsageException($"a rule book of {rules} rules; it has 1 to {Most}", $"rules = {rules}", "rules = 3");
        var random = new RandomStream(seed, "rule-book");
        string[] actions = [.. s_actions];
        random.Shuffle<string>(actions);
        string[] signs = [.. Appearances.Colors.Select(color => Filter.Words(color)), .. Appearances.Shapes.Select(shape => Filter.Words(shape))];
        random.Shuffle<string>(signs);
        return new([.. Enumerable.Range(0, rules).Select(i => new Rule(signs[i], actions[i]))], actions[rules]);
    }

    /// <summary>The rules in words: what a model reads until it knows them.</summary>
    public string Text => "Rules. " + string.Concat(Rules.Select((rule, i) =>
        $"{(i == 0 ? "If" : "Else if")} there is a {rule.Sign} object, say {rule.Action}. ")) + $"Else say {Otherwise}.";

    /// <summary>How many actions there are, that of no rule among them.</summary>
    public int Outcomes => Rules.Count + 1;

    /// <summary>The number of the rule that decides; that of rules where none does.</summary>
    /// <param name="scene">The drawing.</param>
    public int Decides(Scene scene) =>
        Rules.Index().Where(rule => scene.Items.Any(item => Has(item.Appearance, rule.Item.Sign))).Select(rule => rule.Index)
            .DefaultIfEmpty(Rules.Count).First();

    /// <summary>What is said.</summary>
    /// <param name="outcome">As <see cref="Decides"/> gives it.</param>
    public string Action(int outcome) => outcome == Rules.Count ? Otherwise : Rules[outcome].Action;

    /// <summary>The signs looked for one after the other, up to the one that decides, and then the answer.</summary>
    /// <param name="outcome">As <see cref="Decides"/> gives it.</param>
    public string Thoughts(int outcome) => string.Concat(Rules.Take(outcome + 1).Select((rule, i) =>
        $"{rule.Sign} {(i == outcome ? "yes" : "no")}, ")) + $"the answer is {Action(outcome)}";

    private static bool Has(Appearance appearance, string sign) =>
        sign == Filter.Words(appearance.Color) || sign == Filter.Words(appearance.Shape);
}
