using Vlm.Rewards;

namespace Vlm.Tests;

public class BoxFramesTests
{
    // An image of 200 x 100 pixels that the model sees as 400 x 400.
    private static readonly ImageScale s_scale = new(200, 100, 400, 400);

    // x: 50 of 200 is a quarter, 100 a half. y: 10 of 100 is a tenth, 50 a half.
    [Theory]
    [InlineData(Frame.Thousand, 250, 100, 500, 500, 1000, 1000)]
    [InlineData(Frame.Unit, 0.25, 0.1, 0.5, 0.5, 1, 1)]
    [InlineData(Frame.ResizedPixels, 100, 40, 200, 200, 400, 400)]
    [InlineData(Frame.OriginalPixels, 50, 10, 100, 50, 200, 100)]
    public void The_truth_is_in_the_frame_that_the_model_answers_in(
        Frame frame, double x1, double y1, double x2, double y2, double width, double height)
    {
        Truth.Region region = Region(Of(Frame.OriginalPixels, new Box(50, 10, 100, 50), 200, 100).WithBoxIn(frame));

        Assert.Equal(frame, region.Frame);
        Assert.Equal((width, height), (region.Width, region.Height));
        Assert.Equal([x1, y1, x2, y2], [region.Box.X1, region.Box.Y1, region.Box.X2, region.Box.Y2]);
    }

    // The box of the first test, in the words of the peers; other numbers stay.
    [Theory]
    [InlineData(Frame.Thousand, "[50, 10, 100, 50]", "[250, 100, 500, 500]")]
    [InlineData(Frame.Unit, "The 2 cats: {\"bbox_2d\": [50, 10, 100, 50], \"label\": \"cat 7\"}", "The 2 cats: {\"bbox_2d\": [0.25, 0.1, 0.5, 0.5], \"label\": \"cat 7\"}")]
    [InlineData(Frame.ResizedPixels, "(50,10),(100,50)", "(100,40),(200,200)")]
    [InlineData(Frame.Thousand, "x 51.2 10 100 50", "x 51.2 10 100 50")]
    [InlineData(Frame.Thousand, "", "")]
    public void The_reference_answer_follows(Frame frame, string answer, string expected)
    {
        Prompt prompt = Of(Frame.OriginalPixels, new Box(50, 10, 100, 50), 200, 100);
        prompt = prompt with { Example = prompt.Example with { Answer = answer } };

        Assert.Equal(expected, prompt.WithBoxIn(frame).Example.Answer);
    }

    // Two dogs at one place and a cat, named in another order than the truth has them.
    [Fact]
    public void All_boxes_of_a_truth_and_of_its_reference_follow()
    {
        Box dog = new(50, 10, 100, 50), cat = new(0, 0, 200, 100);
        Prompt prompt = Of(Frame.OriginalPixels, dog, 200, 100);
        prompt = prompt with
        {
            Example = prompt.Example with
            {
                Truth = new Truth.Boxes([new(dog, "dog"), new(cat, "cat"), new(dog, "dog")], Frame.OriginalPixels, 200, 100),
                Answer = "dog [50, 10, 100, 50]; cat [0, 0, 200, 100]; dog [50, 10, 100, 50]",
            },
        };

        Example moved = prompt.WithBoxIn(Frame.Thousand).Example;

        Assert.Equal(new Truth.Boxes([new(new(250, 100, 500, 500), "dog"), new(new(0, 0, 1000, 1000), "cat"), new(new(250, 100, 500, 500), "dog")],
            Frame.Thousand, 1000, 1000), moved.Truth);
        Assert.Equal("dog [250, 100, 500, 500]; cat [0, 0, 1000, 1000]; dog [250, 100, 500, 500]", moved.Answer);
        Assert.Same(prompt, prompt.WithBoxIn(null));
    }

    // The question of a data set that names no frame is answered as each family was taught.
    [Theory]
    [InlineData("tiny_qwen2_vl", Frame.Thousand)]
    [InlineData("tiny_qwen2_5_vl", Frame.ResizedPixels)]
    [InlineData("tiny_qwen3_vl", Frame.Thousand)]
    [InlineData("tiny_smolvlm", Frame.OriginalPixels)]
    public void A_question_without_a_frame_is_answered_in_that_of_the_family(string folder, Frame frame)
    {
        using var model = VisionLanguageModel.Load(Vlm.Testing.Fixtures.PathOf(folder));
        var asked = new Example("a", "ground", [new Vlm.Images.RgbImage(200, 100, new byte[60_000])], [Message.User("Where?", 1)],
            new Truth.Region(new Box(50, 10, 100, 50), Frame.OriginalPixels, 200, 100), "");

        Prompt prompt = model.Prompt(asked with { AsksForModelFrame = true });

        Assert.Equal(frame, Region(prompt).Frame);
        Assert.Equal((0.25, 0.5), (Region(prompt).Box.X1 / Region(prompt).Width, Region(prompt).Box.X2 / Region(prompt).Width));
        Assert.Equal(Frame.OriginalPixels, Region(model.Prompt(asked)).Frame);
        Assert.Equal(Frame.Unit, Region(model.Prompt(asked with { AsksForModelFrame = true }, boxFrame: Frame.Unit)).Frame);
    }

    // 200 x 100 pixels to 0-1000: x by 5, y by 10. The same box twice, a point, and what only looks like one stays.
    [Theory]
    [InlineData("tiny_qwen2_vl", "Compare [250, 100, 500, 500] with [500, 1000]; not 50, 10.", "It is [250, 100, 500, 500].")]
    [InlineData("tiny_smolvlm", "Compare [50, 10, 100, 50] with [100, 100]; not 50, 10.", "It is [50, 10, 100, 50].")]
    public void Boxes_that_the_words_name_are_written_in_the_frame_of_the_family(string folder, string question, string answer)
    {
        using var model = VisionLanguageModel.Load(Vlm.Testing.Fixtures.PathOf(folder));
        double[] box = [50, 10, 100, 50];
        var asked = new Example("a", "talk", [new Vlm.Images.RgbImage(200, 100, new byte[60_000])],
            [Message.User("Compare [50, 10, 100, 50] with [100, 100]; not 50, 10.", 1)], new Truth.Text("It is [50, 10, 100, 50]."),
            "It is [50, 10, 100, 50].")
        {
            AsksForModelFrame = true,
            Boxes =
            [
                new("[50, 10, 100, 50]", box, Frame.OriginalPixels, 200, 100),
                new("[100, 100]", [100, 100], Frame.OriginalPixels, 200, 100),
                new("[50, 10, 100, 50]", box, Frame.OriginalPixels, 200, 100),
            ],
        };

        Prompt prompt = model.Prompt(asked);

        Assert.Equal(question, prompt.Example.Question);
        Assert.Contains(question, prompt.Text, StringComparison.Ordinal);
        Assert.Equal((answer, answer), (prompt.Example.Answer, ((Truth.Text)prompt.Example.Truth).Answer));
    }

    // 364 x 182 is another resize than this model's: a quarter and a half of it are those of 400.
    [Fact]
    public void A_box_in_pixels_of_another_resize_is_refused_unless_a_frame_is_asked_for()
    {
        Prompt prompt = Of(Frame.ResizedPixels, new Box(91, 0, 182, 91), 364, 182);

        UsageException error = Assert.Throws<UsageException>(() => prompt.WithBoxIn(null));
        Truth.Region region = Region(prompt.WithBoxIn(Frame.ResizedPixels));

        Assert.Equal("the box is in pixels of an image of 364 x 182, the model sees 400 x 400", error.Message);
        Assert.Equal("record a", error.Where);
        Assert.Equal([100, 0, 200, 200], [region.Box.X1, region.Box.Y1, region.Box.X2, region.Box.Y2]);
    }

    [Fact]
    public void Where_nothing_is_to_be_converted_the_prompt_is_the_same()
    {
        Prompt pixels = Of(Frame.OriginalPixels, new Box(0, 0, 1, 1), 200, 100),
            resized = Of(Frame.ResizedPixels, new Box(0, 0, 1, 1), 400, 400),
            word = resized with { Example = resized.Example with { Truth = new Truth.Word("yes") } };

        Assert.Same(pixels, pixels.WithBoxIn(null));
        Assert.Same(pixels, pixels.WithBoxIn(Frame.OriginalPixels));
        Assert.Same(resized, resized.WithBoxIn(null));
        Assert.Same(word, word.WithBoxIn(Frame.Unit));
    }

    [Fact]
    public void Pixels_of_one_image_among_two_are_refused()
    {
        Prompt prompt = Of(Frame.Thousand, new Box(0, 0, 500, 500), 1000, 1000) with { Images = [s_scale, s_scale] };

        Assert.Equal("the box cannot be converted to OriginalPixels: its record has 2 images",
            Assert.Throws<UsageException>(() => prompt.WithBoxIn(Frame.OriginalPixels)).Message);
        Assert.Equal(0.5, Region(prompt.WithBoxIn(Frame.Unit)).Box.X2);
    }

    private static Truth.Region Region(Prompt prompt) => Assert.IsType<Truth.Region>(prompt.Example.Truth);

    private static Prompt Of(Frame frame, Box box, double width, double height) => new(
        Example.Ask([], [], "a") with { Truth = new Truth.Region(box, frame, width, height) }, "", [1], null, [s_scale]);
}
