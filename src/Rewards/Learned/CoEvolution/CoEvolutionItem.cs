namespace Vlm.Rewards.Learned.CoEvolution;

/// <summary>A question about answers of a policy, with what is right by the verifier. It holds no image: those are the source's.</summary>
/// <param name="Source">Position of the original question in the data it came from.</param>
/// <param name="Form">What is asked.</param>
/// <param name="Wording">Number of its wording among <see cref="ItemWordings.Of"/>.</param>
/// <param name="Shown">What was written: one text, or for a pair the texts of A and B.</param>
/// <param name="IsRight">The text is right, where one answer is judged; of a pair one is; false in a reflection.</param>
/// <param name="RightLetter">A or B: which letter means right, or which of a pair is; null where no letter is asked for.</param>
public sealed record CoEvolutionItem(
    long Source, ItemForm Form, int Wording, IReadOnlyList<string> Shown, bool IsRight, char? RightLetter)
{
    private static readonly string[] s_pair = ["answer A", "answer B"],
        s_rightFirst = ["right", "wrong"], s_wrongFirst = ["wrong", "right"];

    /// <summary><see cref="ItemKind"/> of its form.</summary>
    public string Kind => ItemKind.Of(Form);

    /// <summary>What the letters stand for.</summary>
    internal IReadOnlyList<string> Options => Form == ItemForm.Pairwise ? s_pair : RightLetter == 'B' ? s_wrongFirst : s_rightFirst;

    /// <summary>The item as an example, graded by the rewards of its truth: of a reflection those of the question itself.</summary>
    /// <param name="original">The question at <see cref="Source"/>, with its images.</param>
    public Example On(Example original)
    {
        Example asked = original with
        {
            Id = $"{Kind}:{original.Id}",
            Kind = Kind,
            Messages = [Message.User(ItemWordings.Fill(this, original), original.Images.Count)],
        };
        return Kind == ItemKind.Reflection ? asked
            : asked with { Truth = Truth, Answer = Reply, Rewards = null, Metric = null, AsksForModelFrame = false, Boxes = [] };
    }

    private Truth Truth => RightLetter is null ? new Truth.Word(IsRight ? "yes" : "no") : new Truth.Choice(Letter, Options);

    private string Reply => RightLetter is null ? IsRight ? "Yes" : "No" : Letter.ToString();

    private char Letter => IsRight == (RightLetter == 'A') ? 'A' : 'B';
}
