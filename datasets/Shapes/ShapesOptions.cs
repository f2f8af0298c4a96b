namespace Vlm.Datasets;

/// <summary>Which part of a generated dataset an example belongs to. No scene is in two of them.</summary>
public enum Split
{
    /// <summary>To learn from: eight scenes in ten.</summary>
    Train,

    /// <summary>To choose settings by: one scene in ten.</summary>
    Validation,

    /// <summary>To report: one scene in ten.</summary>
    Test,
}

/// <summary>What the shapes generator draws and asks.</summary>
public sealed record ShapesOptions
{
    /// <summary>The kinds of question that have one short answer.</summary>
    public static IReadOnlyList<string> Vqa { get; } = ["count", "exists", "color", "shape", "compare", "relation"];

    /// <summary>Questions with one short answer, and boxes twice as often as any one kind of them.</summary>
    public static IReadOnlyList<string> VqaAndGround { get; } =
        ["ground", "count", "exists", "color", "ground", "shape", "compare", "relation"];

    /// <summary>The eleven kinds that models of this project are taught in turn.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Vqa, "ground", "caption", "text", "detect", "region"];

    /// <summary>Which object is in a block of the drawing, and which block holds an object: Position-guided Text Prompt, arXiv:2212.09737.</summary>
    public static IReadOnlyList<string> Position { get; } = ["block", "place"];

    /// <summary>Every kind the generator knows: <see cref="All"/>, captions in many wordings, and <see cref="Position"/>.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. All, "describe", .. Position];

    /// <summary>Width and height of the canvas in pixels, 32 to 512; objects grow with it.</summary>
    public int Size { get; init; } = 64;

    /// <summary>Kinds asked in turn, by index; a kind named twice is asked twice as often.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [.. Vqa, "ground"];

    /// <summary>
    /// Share of the reference answers, 0 to 1, in another convention: the object's name ("red circle") where one word is
    /// asked for, boxes with air around the object. As in collections with several annotators; what is right stays the same.
    /// </summary>
    public double AlternateAnnotatorRate { get; init; }

    /// <summary>Adds a sentence on the form of the answer, for models not trained on these questions.</summary>
    public bool Hints { get; init; }
}
