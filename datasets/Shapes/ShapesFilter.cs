namespace Vlm.Datasets;

/// <summary>Some of the properties of an object, and the English for them.</summary>
internal readonly record struct Filter(Girth? Girth, Hue? Hue, Form? Form)
{
    public bool Matches(Look look) =>
        (Girth is null || Girth == look.Girth)
        && (Hue is null || Hue == look.Hue)
        && (Form is null || Form == look.Form);

    public int Count(IEnumerable<Look> looks)
    {
        Filter self = this;
        return looks.Count(look => self.Matches(look));
    }

    /// <summary>"small red circle"; an object of any shape is an "object".</summary>
    public string Noun => string.Join(' ', Words().Append(Form is { } form ? Words(form) : "object"));

    /// <summary>"small red circles".</summary>
    public string Plural => Noun + (Form == Datasets.Form.Cross ? "es" : "s");

    public static string Words(Enum value) => value.ToString().ToLowerInvariant();

    private IEnumerable<string> Words()
    {
        if (Girth is { } girth)
            yield return Words(girth);
        if (Hue is { } hue)
            yield return Words(hue);
    }
}

/// <summary>Random looks.</summary>
internal static class Looks
{
    public static readonly Girth[] Girths = Enum.GetValues<Girth>();
    public static readonly Hue[] Hues = Enum.GetValues<Hue>();
    public static readonly Form[] Forms = Enum.GetValues<Form>();

    public static Look Any(RandomStream random) =>
        new(random.Pick(Girths), random.Pick(Hues), random.Pick(Forms));

    /// <summary>A look that has the filter's properties and random others.</summary>
    public static Look Like(RandomStream random, Filter filter)
    {
        Look any = Any(random);
        return new Look(filter.Girth ?? any.Girth, filter.Hue ?? any.Hue, filter.Form ?? any.Form);
    }

    /// <summary>
    /// A look the filter does not match; half of the time it shares one of the filter's properties, so that no single
    /// property gives the answer away.
    /// </summary>
    public static Look Unlike(RandomStream random, Filter filter)
    {
        while (true)
        {
            Look any = Any(random);
            Look look = random.Next(4) switch
            {
                0 => any with { Hue = filter.Hue ?? any.Hue },
                1 => any with { Form = filter.Form ?? any.Form },
                _ => any,
            };
            if (!filter.Matches(look))
                return look;
        }
    }
}
