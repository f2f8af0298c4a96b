namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>What an item asks about answers that a policy gave.</summary>
public enum ItemForm
{
    /// <summary>Whether one answer is right: yes or no.</summary>
    YesNo,

    /// <summary>Whether one answer is right, by a letter; which letter means right differs from item to item.</summary>
    Letters,

    /// <summary>Which of two answers is right, A or B; one of them is.</summary>
    Pairwise,

    /// <summary>The question again, beside a wrong solution as it was written.</summary>
    WrongSolution,

    /// <summary>The question again, beside the answer of a wrong solution.</summary>
    WrongAnswer,
}

/// <summary>Names under which items are counted and reported: the kind of their examples.</summary>
public static class ItemKind
{
    /// <summary>One answer is judged.</summary>
    public const string Pointwise = "pointwise";

    /// <summary>Two answers are compared.</summary>
    public const string Pairwise = "pairwise";

    /// <summary>A question is answered again.</summary>
    public const string Reflection = "reflection";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Pointwise, Pairwise, Reflection];

    /// <summary>The kind of a form.</summary>
    public static string Of(ItemForm form) => form switch
    {
        ItemForm.YesNo or ItemForm.Letters => Pointwise,
        ItemForm.Pairwise => Pairwise,
        _ => Reflection,
    };
}
