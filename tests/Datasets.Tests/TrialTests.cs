using Vlm.Rewards;
using Vlm.Testing;

namespace Vlm.Datasets.Tests;

/// <summary>Files of kinds that people reported in public: each is read with the right values, or refused with its row and the cure.</summary>
public sealed class TrialTests
{
    // EasyR1's geometry3k: the mark in the problem is the place of the image, and no text.
    [SharedFact]
    public void The_mark_in_a_question_is_the_place_of_the_image()
    {
        Example example = Read("b-1/b04-geo3k-image-mark.parquet").Examples.Single();

        Assert.Single(example.Images);
        Assert.Null(example.Messages.Single().Content[0].Text);
        Assert.DoesNotContain("<image>", example.Question, StringComparison.Ordinal);
        Assert.Single(example.Messages.Single().Content, part => part.IsImage);
    }

    [SharedFact]
    public void A_data_url_in_a_part_is_decoded_as_the_image_and_not_passed_over() => Assert.Equal(
        "the image is no JPEG, PNG, WebP, GIF, BMP or TIFF file; it begins with 000000",
        Refused("b-2/b17b-messages-image-url-noimg.parquet").Message);

    [SharedFact]
    public void A_video_is_refused_by_its_name() =>
        Assert.Equal("an item of a turn has type 'video', which is not read", Refused("b-2/b17c-video.parquet").Message);

    [SharedFact]
    public void The_history_of_ms_swift_is_part_of_the_prompt()
    {
        Example example = Read("b-3/j15-query-response-swift.jsonl").Examples.Single();

        Assert.Equal(["user", "assistant", "user"], example.Messages.Select(turn => turn.Role));
        Assert.Equal(["hi", "hello", "What color?"], example.Messages.Select(Text));
        Assert.Equal((new Truth.Word("red"), "red"), (example.Truth, example.Answer));
    }

    [SharedFact]
    public void A_system_column_is_the_system_turn()
    {
        Example example = Read("b-3/j20-system-field.jsonl").Examples.Single();

        Assert.Equal(["system", "user"], example.Messages.Select(turn => turn.Role));
        Assert.Equal(["Be short.", "What color?"], example.Messages.Select(Text));
        Assert.Equal(new Truth.Word("red"), example.Truth);
    }

    [SharedFact]
    public void Objects_of_ms_swift_are_put_into_the_texts_and_a_box_is_the_truth()
    {
        Example example = Read("b-3/j21-swift-objects.jsonl").Examples.Single();

        Assert.Equal("Find red part", example.Question);
        Assert.Equal("[0, 0, 20, 20]", example.Answer);
        Assert.Equal(new Truth.Region(new Box(0, 0, 20, 20), Frame.OriginalPixels, 40, 20), example.Truth);
    }

    // 40 x 20 pixels stored, turned upright: 20 x 40.
    [SharedFact]
    public void A_box_is_of_the_upright_image()
    {
        foreach (string file in (string[])["b-6/x6-exif.parquet", "b-6/x6b-exif-silent.parquet"])
        {
            var truth = Assert.IsType<Truth.Region>(Read(file).Examples.Single().Truth);
            Assert.Equal((20, 40), (truth.Width, truth.Height));
        }
    }

    [SharedFact]
    public void Base64_in_a_text_column_is_the_image() =>
        Assert.Equal((40, 20), Read("b-9/b08-base64-text.parquet").Examples.Single().Images.Single().Size("x"));

    [SharedFact]
    public void Ids_and_answers_of_any_type_are_read()
    {
        Assert.Equal("7", Read("b-11/b01-int-id.parquet").Examples.Single().Id);
        Example whole = Read("b-11/b11-answer-int.parquet").Examples.Single();
        Assert.Equal(("number", whole.Answer), (whole.Truth.Kind.Name, "3"));
        Example flag = Read("b-11/b11c-answer-bool.parquet").Examples.Single();
        Assert.Equal(new Truth.Word("true"), flag.Truth);
        Example problem = Read("b-11/b03-r1v-problem-solution.parquet").Examples.Single();
        Assert.Equal("b03-r1v-problem-solution-1", problem.Id);
        Example list = Read("b-11/b10-answer-list.parquet").Examples.Single();
        Assert.NotEqual("", list.Answer);
    }

    [SharedFact]
    public void A_truth_that_no_reward_takes_is_refused_when_it_is_read()
    {
        foreach (string file in (string[])["z1-empty-answer", "z2-choice-dup", "z3-choice-one", "z4b-text-empty"])
            Assert.StartsWith($"{SharedFiles.PathOf("trials", "b-13", file)}.parquet, row ", Refused($"b-13/{file}.parquet").Where);
    }

    [SharedFact]
    public void From_and_value_under_messages_are_read() =>
        Assert.Equal("user", Read("b-15/b16-messages-no-role.parquet").Examples.Single().Messages[^1].Role);

    [SharedFact]
    public void Decimals_are_numbers_and_times_disturb_nobody()
    {
        Assert.IsType<Truth.Region>(Read("b-16/b19k-box-decimals.parquet").Examples.Single().Truth);
        Dataset talk = Read("b-16/y1-conv-timestamp.parquet");
        Assert.Single(talk.Examples);
        Assert.Contains("created_at", talk.Report.Files.Single().ColumnsNotRead);
    }

    // [0, 0, 40.01, 20] on 40 x 20.
    [SharedFact]
    public void A_box_that_passes_the_border_by_a_rounding_is_clipped_and_counted()
    {
        Dataset read = Read("b-18/x1-rounding.parquet");

        Assert.Equal(new Truth.Region(new Box(0, 0, 40, 20), Frame.OriginalPixels, 40, 20), read.Examples.Single().Truth);
        Assert.Contains("1 boxes passed the border by at most a pixel and were clipped", read.Report.Files.Single().Notes);
    }

    private static string Text(Message turn) => string.Concat(turn.Content.Select(part => part.Text));

    private static Dataset Read(string file) => Dataset.Open(SharedFiles.PathOf("trials", file));

    private static UsageException Refused(string file)
    {
        var error = Assert.Throws<UsageException>(() => Read(file));
        Assert.Equal(3, error.Render().Split('\n').Length);
        return error;
    }
}
