namespace Vlm.Rewards;

/// <summary>1 where the answer chooses the true one of several lettered options.</summary>
/// <remarks>
/// <para>A letter that leads the answer is the choice, whatever the reason after it names: "B", "(b)", "Option B", "B. It is a dog, not a
/// cat". But no letter leads a list ("A or B", "A. cat B. dog"), nor one that is called wrong, nor one with the text of another option
/// behind it.</para>
/// <para>Else a choice is a capital letter standing alone or the text of an option; neither counts where "not", "n't" or the like
/// stands before it, and "A" before another word is the article. "B is correct" chooses B alone. Where all options are numbers, they are
/// compared as numbers. Everything that was chosen must be the same option: "A or B" is no
/// answer, and nothing is ever guessed.</para>
/// </remarks>
public static class ChoiceMatch
{
    private static readonly char[] s_marks =
        [' ', '(', ')', '[', ']', '*', '.', ':', '"', '\'', '\u3002', '\u3001', '\u300c', '\u300d', '\u201c', '\u201d'];

    /// <summary>1 where the answer chooses the true option and no other.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="letter">The true letter, 'A' for the first option.</param>
    /// <param name="options">
    /// Texts of the options in the order of their letters; 2 to 26, none empty, all different. Letters before them, "A. cat", are not
    /// part of the text where each option has its own.
    /// </param>
    public static Score Score(string completion, char letter, IReadOnlyList<string> options) =>
        Score(AnswerFormat.Auto.Read(completion), new Truth.Choice(letter, options));

    /// <summary>The same for an answer.</summary>
    /// <exception cref="ArgumentException">There are too few or too many options, or two are the same, or the letter is none of theirs.</exception>
    public static Score Score(Answer answer, Truth.Choice truth)
    {
        Check(truth.Letter, truth.Options);
        if (answer.Text is null)
            return Rewards.Score.Zero(answer.Problem);

        var options = new ChoiceTexts(truth.Options);
        (int chosen, bool several) = Chosen(answer.Plain, options);
        if (several)
            (chosen, several) = Chosen(answer.Sentence, options);
        if (several && Sentences.BeforeReason(answer.Sentence) is { IsEmpty: false } claim && claim.Length < answer.Sentence.Length)
            (chosen, several) = Chosen(claim.ToString(), options);
        if (chosen < 0)
            return Rewards.Score.Zero(several ? "several options were chosen" : "no option was chosen");
        return chosen == truth.Letter - 'A'
            ? Rewards.Score.One("same option") : Rewards.Score.Zero($"{(char)('A' + chosen)} is not the option");
    }

    // The one option that was chosen; -1 where it is none, or several.
    private static (int Chosen, bool Several) Chosen(string answer, ChoiceTexts options)
    {
        ReadOnlySpan<char> bare = answer.AsSpan().Trim(s_marks);
        if (bare.Length == 1 && char.ToUpperInvariant(bare[0]) - 'A' is >= 0 and var only && only < options.Count)
            return (only, false);
        if (options.Whole(answer) is not -1 and var whole)
            return (Math.Max(whole, -1), false);
        if (LeadingLetter.Of(answer, options) is >= 0 and var leading)
            return (leading, false);

        (uint letters, uint denied) = ChoiceLetters.Of(answer, options.Count);
        if ((letters & denied) != 0)
            return (-1, true);
        if (uint.PopCount(letters | denied) > 1)
            return (-1, true);
        uint all = letters | options.NamedIn(answer);
        return uint.PopCount(all) == 1 ? (int.CreateChecked(uint.TrailingZeroCount(all)), false) : (-1, all != 0);
    }

    private static void Check(char letter, IReadOnlyList<string> options)
    {
        if (ChoiceOptions.Problem(options) is { } problem)
            throw new ArgumentException(problem, nameof(options));
        if (letter < 'A' || letter >= 'A' + options.Count)
            throw new ArgumentException(
                $"true letter '{letter}' is none of the {options.Count} options", nameof(letter));
    }
}
