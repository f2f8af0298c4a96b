using System.Text.Json;
using Vlm.Images;
using Vlm.Models.SmolVlm;
using Vlm.Testing;
using Vlm.Tests.Images;
using Vlm.Text;

namespace Vlm.Tests.Text;

public class SmolVlmProcessorTests
{
    private const string Small = "tiny_smolvlm", Sharded = "tiny_idefics3_sharded";

    [Theory]
    [InlineData(Small)]
    [InlineData(Sharded)]
    public void One_image_gives_the_reference_inputs(string model)
    {
        Prompt prompt = Load(model).Prompt(
            "a", [Message.User("What is in this image?", images: 1)], [FileOf(model, Image0)]);

        AssertRow(model, "case_a_single", row: 0, prompt);
        Assert.Equal(Rendered(model, "a", 0), prompt.Text);
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Sharded)]
    public void Several_images_give_the_reference_inputs(string model)
    {
        Message two = new("user",
        [
            new Content("Compare "), Content.Image, new Content(" and "), Content.Image,
            new Content(": which shape is bigger?"),
        ]);
        SmolVlmProcessor processor = Load(model);
        Prompt first = processor.Prompt("b1", [two], [FileOf(model, Image1), FileOf(model, Image2)]);
        Prompt second = processor.Prompt(
            "b2", [Message.User("Describe 12 objects.", images: 1)], [FileOf(model, Image0)]);

        AssertRow(model, "case_b_batch_leftpad", row: 0, first);
        AssertRow(model, "case_b_batch_leftpad", row: 1, second);
        Assert.Equal(Rendered(model, "b", 0), first.Text);
        Assert.Equal(2, first.Images.Count);
        Assert.Equal((30, 61), (first.Images[0].Height, first.Images[0].Width));
    }

    [Theory]
    [InlineData(Small)]
    [InlineData(Sharded)]
    public void Text_alone_has_no_pixels(string model)
    {
        Prompt prompt = Load(model).Prompt("c", [Message.User("How many objects are there?")], []);

        Assert.Equal(
            new FixtureTensors(PathOf(model, "case_c_text_only.safetensors")).Integers("in.input_ids"),
            prompt.Tokens.Select(id => (long)id));
        Assert.Null(prompt.Pixels);
        Assert.Empty(prompt.Images);
    }

    [Fact]
    public void The_prompt_and_its_completion_are_the_chat_as_one_text()
    {
        SmolVlmProcessor processor = Load(Small);
        Message question = Message.User("How many?");
        foreach (string answer in (string[])["A cat.", "12", "{\"box\": [1, 2]}", "\n\nYes", "", "'s"])
        {
            int[] prompt = processor.Prompt("x", [question], []).Tokens;
            string chat = ChatTemplate.SmolVlm.Render([question, Message.Assistant(answer)], generationPrompt: false);

            Assert.Equal<int>(
                processor.Tokenizer.Encode(chat.TrimEnd('\n')), (int[])[.. prompt, .. processor.Completion(answer)]);
            Assert.Equal(processor.EndOfUtteranceId, processor.Completion(answer)[^1]);
        }
    }

    [Fact]
    public void Another_number_of_images_than_places_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => Load(Small).Prompt(
            "val-7", [Message.User("Which <image>?", images: 1)], [FileOf(Small, Image0)]));

        Assert.Equal(
            "error: the prompt has 2 places for images, and 1 images\n"
            + "   at: record val-7\n"
            + "  try: one <image> place for each image; the word <image> in a text counts too",
            error.Render());
    }

    // Case a: 48 tokens. 5 frames of 4 image tokens: 20.
    [Fact]
    public void A_prompt_longer_than_the_context_names_its_record_and_both_numbers()
    {
        SmolVlmProcessor whole = Load(Small);
        var processor = new SmolVlmProcessor(
            whole.Tokenizer, ChatTemplate.SmolVlm, whole.Images.Options, tokensPerFrame: 4, contextLength: 47);

        var error = Assert.Throws<UsageException>(() => processor.Prompt(
            "val-7", [Message.User("What is in this image?", images: 1)], [FileOf(Small, Image0)]));

        Assert.Equal(
            "error: the prompt has 48 tokens, 20 of them for images; the model takes 47\n"
            + "   at: record val-7\n"
            + "  try: a shorter prompt, fewer or smaller images, or the dataset without this record",
            error.Render());
    }

    [Fact]
    public void An_unreadable_image_names_its_record_and_place()
    {
        byte[] cut = FileOf(Small, Image1)[..100];

        // Its header is whole, so the prompt knows its size; what is missing is seen where pixels are made.
        Prompt prompt = Load(Small).Prompt("val-7", [Message.User("?", images: 2)], [FileOf(Small, Image0), cut]);
        var error = Assert.Throws<UsageException>(() => prompt.Pixels!.Values());

        Assert.Equal("record val-7, image 2", error.Where);
        Assert.StartsWith("the PNG image cannot be decoded: ", error.Message);
    }

    [Fact]
    public void A_tokenizer_without_the_special_tokens_is_refused()
    {
        Tokenizer plain = Tokenizer.Parse("""
            {"pre_tokenizer": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
            """, configJson: null, "inline");
        var images = new SmolVlmImageOptions { LongestEdge = 64, FrameEdge = 32 };

        var error = Assert.Throws<UsageException>(
            () => new SmolVlmProcessor(plain, ChatTemplate.SmolVlm, images, 4, 512));

        Assert.Equal("the tokenizer has no token <image>", error.Message);
    }

    // 7 columns of 32 pixels for an image 224 wide: there is no <row_1_col_7>.
    [Fact]
    public void More_tiles_than_the_tokenizer_has_names_for_are_refused()
    {
        Tokenizer tokenizer = Tokenizer.Parse(SmolVlmTokens.Learn([], 299), configJson: null, "learned");
        var images = new SmolVlmImageOptions { LongestEdge = 224, FrameEdge = 32 };
        var processor = new SmolVlmProcessor(tokenizer, ChatTemplate.SmolVlm, images, 4, 512);

        var error = Assert.Throws<UsageException>(() => processor.Prompt(
            "w", [Message.User("?", images: 1)], [new RgbImage(8, 1, new byte[24])]));

        Assert.Equal("the tokenizer has no token <row_1_col_7>", error.Message);
        Assert.Equal("record w, image 1", error.Where);
    }

    [Fact]
    public void Written_files_are_read_back()
    {
        string folder = Directory.CreateTempSubdirectory("vlm-processor-").FullName;
        var images = new SmolVlmImageOptions
        {
            LongestEdge = 96,
            FrameEdge = 48,
            Split = false,
            Filter = ResizeFilter.Bicubic,
            Mean = [0.1f, 0.2f, 0.3f],
            Std = [0.4f, 0.5f, 0.6f],
        };
        SmolVlmTokens.Write(folder, SmolVlmTokens.Learn([], 299), contextLength: 200);
        SmolVlmProcessorFiles.Write(folder, images, tokensPerFrame: 9);
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"text_config": {"max_position_embeddings": 200}}""");

        SmolVlmProcessor processor = SmolVlmProcessor.Load(folder);
        Prompt prompt = processor.Prompt("x", [Message.User("?", images: 1)], [new RgbImage(1, 1, [255, 255, 255])]);

        Assert.Equivalent(images, processor.Images.Options, strict: true);
        Assert.Equal(200, processor.ContextLength);
        Assert.Equal(9, prompt.Tokens.Count(id => id == processor.ImageId));
        Assert.Equal((1 - 0.1f) / 0.4f, prompt.Pixels!.Values()[0], tolerance: 1e-6f);
        Assert.Equal(new ImageScale(1, 1, 48, 48), prompt.Images.Single());
        Directory.Delete(folder, recursive: true);
    }

    // 8 / 2 = 4 patches to a side, 16 in all, 2 x 2 of them in a token: 4 tokens. The options are nested, as in newer
    // folders.
    [Fact]
    public void Newer_folders_nest_their_options_and_may_leave_the_count_to_the_sizes()
    {
        string folder = Directory.CreateTempSubdirectory("vlm-processor-").FullName;
        File.WriteAllText(Path.Combine(folder, "processor_config.json"), """
            {"image_processor": {
               "size": {"longest_edge": 64}, "max_image_size": {"longest_edge": 32}, "do_normalize": false}}
            """);
        File.WriteAllText(Path.Combine(folder, "config.json"), """
            {"scale_factor": 2, "vision_config": {"image_size": 8, "patch_size": 2}}
            """);

        SmolVlmImageOptions options = SmolVlmProcessorFiles.ImageOptions(folder);

        Assert.Equal((64, 32, true), (options.LongestEdge, options.FrameEdge, options.Split));
        Assert.Equal([0, 0, 0], options.Mean);
        Assert.Equal([1, 1, 1], options.Std);
        Assert.Equal(4, SmolVlmProcessorFiles.TokensPerFrame(folder));
        File.WriteAllText(Path.Combine(folder, "processor_config.json"), "{\"image_processor\": {\"size\": {}}}");
        var error = Assert.Throws<UsageException>(() => SmolVlmProcessorFiles.ImageOptions(folder));
        Assert.Equal("\"image_processor.size.longest_edge\" is missing, and must be a number of pixels", error.Message);
        Assert.Equal(Path.Combine(folder, "processor_config.json"), error.Where);
        Directory.Delete(folder, recursive: true);
    }

    private const string Image0 = "img0_50x34.png", Image1 = "img1_30x61.png", Image2 = "img2_20x20.png";

    private static string PathOf(string model, string file) => Fixtures.PathOf(model, file);

    private static byte[] FileOf(string model, string file) => File.ReadAllBytes(PathOf(model, file));

    private static SmolVlmProcessor Load(string model) =>
        SmolVlmProcessor.Load(Fixtures.PathOf(model));

    private static string Rendered(string model, string name, int row)
    {
        using var cases = JsonDocument.Parse(File.ReadAllText(PathOf(model, "cases.json")));
        return cases.RootElement.GetProperty("rendered").GetProperty(name)[row].GetString()!;
    }

    // Rows are padded on the left with masked tokens, and on the right with frames of zeros.
    private static void AssertRow(string model, string name, int row, Prompt prompt)
    {
        var tensors = new FixtureTensors(PathOf(model, $"{name}.safetensors"));
        int length = tensors.Shape("in.input_ids")[1];
        long[] mask = tensors.Integers("in.attention_mask")[(row * length)..((row + 1) * length)];
        long[] ids = tensors.Integers("in.input_ids")[(row * length)..((row + 1) * length)];
        Assert.Equal(ids.Where((_, i) => mask[i] == 1), prompt.Tokens.Select(id => (long)id));

        int[] shape = tensors.Shape("in.pixel_values");
        int size = shape[1] * shape[2] * shape[3] * shape[4];
        float[] pixels = tensors.Floats("in.pixel_values")[(row * size)..((row + 1) * size)];
        float[] made = prompt.Pixels!.Values();
        Assert.Equal([made.Length / (3 * 32 * 32), 3, 32, 32], prompt.Pixels.Shape);
        for (int i = 0; i < pixels.Length; i++)
            Assert.Equal(pixels[i], i < made.Length ? made[i] : 0, tolerance: 1e-6f);
    }
}
