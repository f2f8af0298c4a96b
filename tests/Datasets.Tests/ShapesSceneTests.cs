using System.Security.Cryptography;
using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Datasets.Tests;

public class ShapesSceneTests
{
    private static readonly ShapesOptions Everything = new() { Kinds = ShapesOptions.All };

    [Fact]
    public void The_first_examples_are_what_they_were_when_this_test_was_written()
    {
        string[] lines =
            [.. Enumerable.Range(0, 9).Select(i => Shapes.Question(7, Split.Train, i, Everything)).Select(Line)];

        Assert.Equal(Golden, lines);
    }

    [Fact]
    public void An_example_does_not_depend_on_the_others_that_were_made()
    {
        ShapesQuestion alone = Shapes.Question(7, Split.Test, 40);
        for (int i = 0; i < 40; i++)
            Shapes.Question(7, Split.Test, i);

        Assert.Equal(Line(alone), Line(Shapes.Question(7, Split.Test, 40)));
        Assert.NotEqual(Line(alone), Line(Shapes.Question(8, Split.Test, 40)));
        Assert.NotEqual(Line(alone), Line(Shapes.Question(7, Split.Test, 47)));
    }

    // Counted from the pixels alone: everything darker than 200 in some channel is an object, and objects never touch.
    [Theory]
    [InlineData(64)]
    [InlineData(96)]
    public void Boxes_are_the_tightest_around_the_drawn_pixels(int size)
    {
        int seen = 0;
        for (int i = 0; i < 150; i++)
        {
            Scene scene = Shapes.Scene(3, Split.Train, i, new ShapesOptions { Size = size })!;
            Box[] drawn = [.. Blobs.Of(Shapes.Draw(scene)).OrderBy(box => (box.X1, box.Y1))];
            Box[] said = [.. scene.Items.Select(Shapes.BoxOf).OrderBy(box => (box.X1, box.Y1))];
            Assert.Equal(drawn, said);
            seen += said.Length;
        }

        Assert.InRange(seen, 300, 900);
    }

    [Fact]
    public void Scenes_have_two_to_six_objects_of_every_shape_colour_and_size()
    {
        Scene[] scenes = [.. Enumerable.Range(0, 700).Select(i => Shapes.Scene(5, Split.Train, i)!)];

        Assert.Equal([2, 3, 4, 5, 6], scenes.Select(scene => scene.Items.Count).Distinct().Order());
        Assert.Equal(5 * 7 * 2, scenes.SelectMany(scene => scene.Items).Select(item => item.Appearance).Distinct().Count());
    }

    // The signature is the collection of objects, so this forbids more than equal images: a test scene shows objects
    // that no training scene of any seed showed together.
    [Fact]
    public void No_collection_of_objects_is_in_two_splits()
    {
        HashSet<string> train = Signatures(Split.Train, seed: 1, count: 4000);
        HashSet<string> validation = Signatures(Split.Validation, seed: 2, count: 1500);
        HashSet<string> test = Signatures(Split.Test, seed: 1, count: 1500);

        Assert.All([train.Count, validation.Count, test.Count], count => Assert.True(count > 1000, $"{count}"));
        Assert.Empty(train.Intersect(validation));
        Assert.Empty(train.Intersect(test));
        Assert.Empty(validation.Intersect(test));
        Assert.True(train.Overlaps(Signatures(Split.Train, seed: 9, count: 2000)), "nothing could have overlapped");
    }

    [Fact]
    public void Text_instructions_are_split_by_their_words()
    {
        var options = new ShapesOptions { Kinds = ["text"] };
        HashSet<string> Texts(Split split) =>
            [.. Enumerable.Range(0, 2000).Select(i => Shapes.Question(1, split, i, options).Text)];

        Assert.Empty(Texts(Split.Train).Intersect(Texts(Split.Test)));
        Assert.Empty(Texts(Split.Train).Intersect(Texts(Split.Validation)));
    }

    [Fact]
    public void The_example_carries_the_scene_as_a_png_and_the_question_without_its_answer()
    {
        ShapesQuestion question = Shapes.Question(1, Split.Validation, 6);
        Example example = Shapes.Example(1, Split.Validation, 6);

        Assert.Equal("shapes-validation-1-6", example.Id);
        Assert.Equal("ground", example.Kind);
        Assert.Equal([0x89, .. "PNG"u8], Assert.Single(example.Images).Encoded("x")[..4]);
        Assert.Equal("user", Assert.Single(example.Messages).Role);
        Assert.Equal([null, question.Text], example.Messages[0].Content.Select(content => content.Text));
        Assert.DoesNotContain(example.Answer, question.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kind_or_size_the_generator_does_not_know_is_refused()
    {
        var kind = Assert.Throws<UsageException>(() =>
            Shapes.Question(1, Split.Train, 0, new ShapesOptions { Kinds = ["count", "colour"] }));
        var size = Assert.Throws<UsageException>(() =>
            Shapes.Question(1, Split.Train, 0, new ShapesOptions { Size = 16 }));

        Assert.Equal(
            "error: the shapes dataset knows no kind of question named 'colour'\n"
            + "   at: Kinds = count colour\n"
            + "  try: Kinds = count exists color shape compare relation ground caption text detect region describe block place",
            kind.Render());
        Assert.Equal(
            "error: a canvas of 16 pixels; the shapes need 32 to 512\n   at: Size = 16\n  try: Size = 64",
            size.Render());
    }

    private static HashSet<string> Signatures(Split split, long seed, int count) =>
        [.. Enumerable.Range(0, count).Select(i => Shapes.Scene(seed, split, i)!.Signature)];

    private static string Line(ShapesQuestion question)
    {
        RgbImage? image = question.Scene is { } scene ? Shapes.Draw(scene) : null;
        string hash = image is null ? "" : Convert.ToHexStringLower(SHA256.HashData(image.Pixels))[..12];
        return $"{question.Id} {question.Kind} {hash} {question.Text} {question.Answer}";
    }

    private static readonly string[] Golden =
    [
        "shapes-train-7-0 count d0ce478fc76a Count the large crosses. 0",
        "shapes-train-7-1 exists 454ce73027bc Is there a square? yes",
        "shapes-train-7-2 color 07374a40331e Which color does the triangle have? yellow",
        "shapes-train-7-3 shape 6b1cd961aaa3 Name the shape of the yellow object. circle",
        "shapes-train-7-4 compare e5e4fe77dfb4 Do the triangle and the diamond have the same size? yes",
        "shapes-train-7-5 relation 7d2ba894a176 Does the purple cross lie above the cyan triangle? no",
        "shapes-train-7-6 ground 6a64b59966f6 Where is the green triangle? Give its box. [42,34,52,44]",
        "shapes-train-7-7 caption 719f4f9cf3a9 Describe the image. A large cyan square and a small purple diamond.",
        "shapes-train-7-8 text  Are triangle and circle colors? no",
    ];
}
