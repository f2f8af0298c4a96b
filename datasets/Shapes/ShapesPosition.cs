using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Questions about the blocks of a drawing: which object is in one, and which one an object is in.</summary>
/// <remarks>
/// Position-guided Text Prompt, Wang et al. 2022, arXiv:2212.09737: there a sentence of a caption links a block of a 3 x 3 grid with an
/// object that a detector saw; here the link is asked for, so that the answer can be checked. Any object of the block is right, and any
/// block that holds such an object. <see cref="PositionGrid"/> says which block holds a box.
/// </remarks>
internal static class ShapesPosition
{
    private const string Grid = "The image has 3 x 3 blocks, numbered 0 to 8 from the top left, row by row. ";

    /// <summary>"Which object is in block 4?" Wordings and the block are drawn before the scene.</summary>
    public static QuestionTemplate Block(RandomStream random)
    {
        string text = ShapesQuestions.Say(random, "Which object is in block {0}?", "Name an object in block {0}.");
        int block = random.Next(PositionGrid.Side * PositionGrid.Side);
        return new QuestionTemplate(ShapesGround.AnyAppearances, (scene, r) =>
        {
            Item[] inside = [.. scene.Items.Where(item => BlockOf(item, scene) == block)];
            if (inside.Length == 0)
                return null;
            string first = ShapesGround.Noun(r.Pick(inside));
            string[] right = [first, .. inside.SelectMany(Names).Where(name => name != first).Distinct()];
            return new Asked(Grid + ShapesQuestions.Fill(text, block), AcceptedAnswers.Of(right), first);
        });
    }

    /// <summary>"Which block holds the small red circle?"</summary>
    public static QuestionTemplate Place(RandomStream random)
    {
        string text = ShapesQuestions.Say(random, "Which block holds the {0}?", "In which block is the {0}?");
        return new QuestionTemplate(ShapesGround.AnyAppearances, (scene, r) =>
        {
            Item asked = r.Pick(scene.Items);
            string first = Number(BlockOf(asked, scene));
            string[] right = [first, .. scene.Items.Where(item => item.Appearance == asked.Appearance)
                .Select(item => Number(BlockOf(item, scene))).Where(block => block != first).Distinct()];
            return new Asked(Grid + ShapesQuestions.Fill(text, ShapesGround.Noun(asked)), AcceptedAnswers.Of(right), first);
        });
    }

    /// <summary>The block in which the middle of an object's box lies.</summary>
    public static int BlockOf(Item item, Scene scene) => PositionGrid.BlockOf(ShapesDrawing.BoxOf(item), new(scene.Size, scene.Size));

    // With its size and without.
    private static string[] Names(Item item) =>
        [ShapesGround.Noun(item), new Filter(null, item.Appearance.Color, item.Appearance.Shape).Noun];

    private static string Number(int block) => block.ToString(CultureInfo.InvariantCulture);
}
