using System.Text.Json;
using Vlm.Images;
using Vlm.Rewards;
using Vlm.Tables;
using Vlm.Testing;

namespace Vlm.Datasets.Tests;

public class NlvrTests
{
    private static string Hidden => SharedFiles.PathOf("data", "nlvr", "nlvr-hidden.parquet");

    private static string Dev => SharedFiles.PathOf("data", "nlvr", "nlvr-dev.parquet");

    [SharedFact]
    public void The_files_have_the_rows_their_makers_counted()
    {
        Example[] hidden = [.. Nlvr.Read(Hidden)], dev = [.. Nlvr.Read(Dev)];

        Assert.Equal((5910, 5934), (hidden.Length, dev.Length));
        Assert.Equal((3276, 3282), (hidden.Count(IsTrue), dev.Count(IsTrue)));
        Assert.Equal(5910, hidden.Select(example => example.Id).Distinct().Count());
        Assert.Equal("nlvr", Assert.Single(hidden.Select(example => example.Kind).Distinct()));
        Assert.Equal(
            "There is exactly one yellow item closely touching the bottom of a box. True or false?",
            hidden[0].Messages[0].Content[1].Text);
        RgbImage image = hidden[0].Images[0].Decode(hidden[0].Id);
        Assert.Equal((400, 100), (image.Width, image.Height));

        static bool IsTrue(Example example) => example.Truth == new Truth.Word("true");
    }

    [SharedFact]
    public void No_sentence_is_on_both_sides()
    {
        Example[] train = [.. Nlvr.Read(Hidden, Split.Train)], held = [.. Nlvr.Read(Hidden, Split.Validation)];

        Assert.Equal(5910, train.Length + held.Length);
        Assert.InRange(held.Length, 300, 1200);
        Assert.Empty(Sentences(train).Intersect(Sentences(held)));
        Assert.Equal(0, held.Length % 6);

        static IEnumerable<string> Sentences(Example[] examples) => examples
            .Select(example => example.Messages[0].Content[1].Text!.ToLowerInvariant())
            .Select(text => text.Replace(" ", "", StringComparison.Ordinal));
    }

    // Every permutation is met, so a wrong order of the boxes shows: the middle of each object has its colour.
    [SharedFact]
    public void Structured_objects_lie_where_the_image_has_their_colour()
    {
        TableRow[] rows = [.. ParquetFile.Read(Hidden).Where((_, i) => i % 7 == 0)];
        int covered = 0, all = 0;
        foreach (TableRow row in rows)
        {
            NlvrScene scene = Nlvr.SceneOf(row.Get<string>("structured_rep"), (int)row.Get<long>("permutation"));
            byte[] png = (byte[])row.Get<Dictionary<string, object?>>("image")["bytes"]!;
            RgbImage image = ImageCodec.Decode(png, row.Get<string>("id"));
            foreach ((int box, NlvrItem item) in scene.Items)
            {
                Box edges = NlvrScene.BoxOf(box, item);
                (int x, int y) = ((int)(edges.X1 + edges.X2) / 2, (int)(edges.Y1 + edges.Y2) / 2);
                covered += HasColor(image, x, y, item.Hue) ? 1 : 0;
                all++;
            }
        }

        Assert.Equal(6, rows.Select(row => row["permutation"]).Distinct().Count());
        Assert.True(all > 5000, $"{all} objects");
        Assert.Equal(all, covered);
    }

    // Our drawing of the same structure differs from theirs only in how edges are smoothed.
    [SharedFact]
    public void A_drawing_of_ours_looks_like_theirs()
    {
        foreach (TableRow row in ParquetFile.Read(Hidden).Where((_, i) => i % 97 == 0))
        {
            NlvrScene scene = Nlvr.SceneOf(row.Get<string>("structured_rep"), (int)row.Get<long>("permutation"));
            byte[] png = (byte[])row.Get<Dictionary<string, object?>>("image")["bytes"]!;
            byte[] theirs = ImageCodec.Decode(png, "nlvr").Pixels, ours = scene.Draw().Pixels;
            double apart = theirs.Zip(ours, (a, b) => Math.Abs(a - b)).Average();
            Assert.True(apart < 0.6, $"{row["id"]}: {apart:f2} of 255 a channel");
        }
    }

    [SharedFact]
    public void Grounding_phrases_single_out_one_object_and_give_its_box()
    {
        Dictionary<string, TableRow> rows = ParquetFile.Read(Hidden, "id", "structured_rep", "permutation")
            .ToDictionary(row => row.Get<string>("id"));
        Example[] examples = [.. Nlvr.Ground(Hidden, Split.Validation)];

        Assert.InRange(examples.Length, 300, 1200);
        foreach (Example example in examples)
        {
            TableRow row = rows[example.Id[..^"-ground".Length]];
            NlvrScene scene = Nlvr.SceneOf(row.Get<string>("structured_rep"), (int)row.Get<long>("permutation"));
            string phrase = example.Messages[0].Content[1].Text!["Give the box of ".Length..].TrimEnd('.');
            Box box = Assert.Single(NlvrEnglish.Refer(scene, phrase));
            Assert.Equal(new Truth.Region(box, Frame.OriginalPixels, 400, 100), example.Truth);
            Assert.Equal([box.X1, box.Y1, box.X2, box.Y2], JsonSerializer.Deserialize<double[]>(example.Answer)!);
        }

        Assert.True(examples.Select(example => example.Answer).Distinct().Count() > 100);
    }

    private static bool HasColor(RgbImage image, int x, int y, NlvrHue hue)
    {
        int at = ((y * image.Width) + x) * 3;
        (int, int, int) color = (image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]);
        return color == hue switch
        {
            NlvrHue.Yellow => (255, 255, 0),
            NlvrHue.Blue => (0, 153, 255),
            _ => (0, 0, 0),
        };
    }
}
