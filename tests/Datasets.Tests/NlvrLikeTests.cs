using Vlm.Rewards;

namespace Vlm.Datasets.Tests;

public class NlvrLikeTests
{
    private static readonly string[] Judged = ["nlvr"];

    [Fact]
    public void The_first_questions_are_what_they_were_when_this_test_was_written() => Assert.Equal(
        Golden,
        Enumerable.Range(0, 4).Select(i => NlvrLike.Question(7, Split.Train, i))
            .Select(question => $"{question.Id} {question.Text} {question.Answer}"));

    [Fact]
    public void Statements_are_true_or_false_as_drawn()
    {
        int judged = 0;
        for (int i = 0; i < 3000; i++)
        {
            NlvrQuestion question = NlvrLike.Question(3, Split.Train, i, Judged);
            if (NlvrEnglish.Judge(question.Scene, question.Text[..question.Text.IndexOf('.')]) is not { } truth)
                continue;
            Assert.True((question.Answer == "true") == truth, $"{question.Id}: {question.Text} {question.Answer}");
            judged++;
        }

        Assert.InRange(judged, 300, 1500);
    }

    [Fact]
    public void Phrases_single_out_one_object()
    {
        for (int i = 0; i < 500; i++)
        {
            NlvrQuestion question = NlvrLike.Question(3, Split.Train, i, ["nlvr-ground"]);
            string phrase = question.Text["Give the box of ".Length..].TrimEnd('.');
            Box box = Assert.Single(NlvrEnglish.Refer(question.Scene, phrase));
            Assert.Equal(new Truth.Region(box, Frame.OriginalPixels, 400, 100), question.Truth);
            Assert.True(box is { X1: >= 0, Y1: >= 0, X2: <= 400, Y2: <= 100 } && box.Area >= 100, $"{box}");
        }
    }

    [Fact]
    public void A_list_names_every_object_of_its_box_from_left_to_right()
    {
        for (int i = 0; i < 300; i++)
        {
            NlvrQuestion question = NlvrLike.Question(3, Split.Train, i, ["nlvr-detect"]);
            int box = Array.FindIndex((string[])["left", "middle", "right"],
                place => question.Text == $"List the objects in the {place} box.");
            NlvrItem[] items = [.. question.Scene.Boxes[box].OrderBy(item => item.X).ThenBy(item => item.Y)];
            Assert.Equal(string.Join("; ", items.Select(Entry)), question.Answer);

            string Entry(NlvrItem item)
            {
                int left = Math.Max(0, box * 150 + item.X), right = Math.Min(400, box * 150 + item.X + item.Size);
                string size = item.Size switch { 10 => "small", 20 => "medium", _ => "large" };
                return $"{size} {item.Color} {item.Shape}".ToLowerInvariant()
                    + $" [{left},{Math.Max(0, item.Y)},{right},{Math.Min(100, item.Y + item.Size)}]";
            }
        }
    }

    [Fact]
    public void A_drawing_falls_into_its_three_boxes()
    {
        NlvrScene scene = NlvrLike.Question(3, Split.Train, 4).Scene;
        Vlm.Images.RgbImage drawing = scene.Draw();

        Vlm.Images.RgbImage[] parts = [.. NlvrScene.Parts(drawing).Select(part => part.Decode("drawing"))];

        Assert.Equal(3, parts.Length);
        for (int box = 0; box < 3; box++)
            for (int at = 0; at < 100 * 100 * 3; at++)
                Assert.Equal(
                    drawing.Pixels[at / 300 * 1200 + box * 450 + at % 300], parts[box].Pixels[at]);
        Assert.Throws<ArgumentOutOfRangeException>(() => drawing.Crop(301, 0, 100, 100));
    }

    // The best constant and the best guess for each exact sentence; a sentence says nothing about its truth.
    [Fact]
    public void Without_the_drawing_the_truth_is_a_coin()
    {
        NlvrQuestion[] train = [.. Enumerable.Range(0, 6000).Select(i => NlvrLike.Question(1, Split.Train, i, Judged))];
        NlvrQuestion[] test = [.. Enumerable.Range(0, 2000).Select(i => NlvrLike.Question(2, Split.Train, i, Judged))];
        Dictionary<string, string> memory = train.GroupBy(question => question.Text).ToDictionary(
            same => same.Key, same => same.CountBy(question => question.Answer).MaxBy(pair => pair.Value).Key);
        NlvrQuestion[] known = [.. test.Where(question => memory.ContainsKey(question.Text))];

        Assert.InRange(test.Average(question => question.Answer == "true" ? 1.0 : 0.0), 0.45, 0.55);
        Assert.True(known.Length > 800, $"{known.Length} known");
        Assert.True(known.Average(question => memory[question.Text] == question.Answer ? 1.0 : 0.0) <= 0.60);
    }

    [Fact]
    public void No_drawing_is_in_two_splits()
    {
        HashSet<string> Drawings(Split split) => [.. Enumerable.Range(0, 1500)
            .Select(i => NlvrLike.Question(1, split, i).Scene)
            .Select(scene => scene.Boxes.Select(box => string.Join(' ', box)).Order(StringComparer.Ordinal))
            .Select(boxes => string.Join('|', boxes))];

        Assert.Empty(Drawings(Split.Train).Intersect(Drawings(Split.Test)));
        Assert.Empty(Drawings(Split.Train).Intersect(Drawings(Split.Validation)));
    }

    [Fact]
    public void An_unknown_kind_is_refused() => Assert.Equal(
        "error: the drawings in NLVR's manner know no kind of question named 'ground'\n"
        + "   at: Kinds = ground\n  try: Kinds = nlvr nlvr-ground nlvr-detect",
        Assert.Throws<UsageException>(() => NlvrLike.Question(1, Split.Train, 0, ["ground"])).Render());

    private static readonly string[] Golden =
    [
        "nlvrlike-train-7-0 There is no blue circle. True or false? true",
        "nlvrlike-train-7-1 Give the box of the topmost yellow square. [190,17,210,37]",
        "nlvrlike-train-7-2 There are two yellow blocks. True or false? true",
        "nlvrlike-train-7-3 Give the box of the leftmost yellow square. [390,2,400,12]",
    ];
}
