namespace Vlm.Rewards;

/// <summary>What measuring an answer came to: a score, or what a language model has to be asked before there is one.</summary>
public abstract record Ruling
{
    private Ruling()
    {
    }

    /// <summary>The rules settle it.</summary>
    /// <param name="Score">What the answer earns.</param>
    public sealed record Given(Score Score) : Ruling;

    /// <summary>A language model is asked, without images.</summary>
    /// <param name="Prompt">In the words of the benchmark's scorer.</param>
    /// <param name="Next">What follows from its reply; it may be another question.</param>
    public sealed record Ask(string Prompt, Func<string, Ruling> Next) : Ruling;

    /// <summary>An answer that is right, or not.</summary>
    internal static Ruling Of(bool isRight, string reason) => new Given(isRight ? Score.One(reason) : Score.Zero(reason));

    /// <summary>What the rules alone say: an answer about which somebody has to be asked is unparsed.</summary>
    public Score ByRulesAlone() => this is Given given ? given.Score : Unparsed.Because("a language model has to say what it means: --judge");
}
