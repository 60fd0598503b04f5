// W1 on the official SDK: see ../../README.md.

import com.amazonaws.xray.AWSXRay;
import com.amazonaws.xray.AWSXRayRecorderBuilder;
import com.amazonaws.xray.entities.Segment;
import com.amazonaws.xray.entities.Subsegment;
import com.amazonaws.xray.strategy.sampling.AllSamplingStrategy;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

public final class W1 {
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final ThreadMXBean THREAD = ManagementFactory.getThreadMXBean();

    private static void one(int i) {
        Segment segment = AWSXRay.beginSegment("api.example.com");
        Map<String, Object> request = new HashMap<>();
        request.put("method", "GET");
        request.put("url", "https://api.example.com/orders/42");
        request.put("user_agent", "measure/1.0");
        request.put("client_ip", "10.0.0.7");
        segment.putHttp("request", request);
        segment.putAnnotation("tenant", "acme");
        segment.putAnnotation("order", i);
        Subsegment auth = AWSXRay.beginSubsegment("auth");
        auth.putAnnotation("user", "u-17");
        auth.putAnnotation("attempt", 1);
        AWSXRay.endSubsegment();
        Subsegment db = AWSXRay.beginSubsegment("db");
        db.putAnnotation("table", "orders");
        db.putAnnotation("rows", i % 100);
        Subsegment query = AWSXRay.beginSubsegment("query");
        query.putAnnotation("statement", "select");
        query.putAnnotation("millis", 3);
        AWSXRay.endSubsegment();
        AWSXRay.endSubsegment();
        Map<String, Object> response = new HashMap<>();
        response.put("status", 200);
        response.put("content_length", 1234);
        segment.putHttp("response", response);
        AWSXRay.endSegment();
    }

    private static String measure(int batch, int batches) throws InterruptedException {
        double[] calling = new double[batches];
        // Counted in hundredths of a second, so over all batches.
        long all = PROCESS.getProcessCpuTime();
        for (int n = 0; n < batches; n++) {
            long mine = THREAD.getCurrentThreadCpuTime();
            for (int i = 0; i < batch; i++) {
                one(i);
            }
            calling[n] = (THREAD.getCurrentThreadCpuTime() - mine) / (double) batch;
            // The receiver catches up.
            Thread.sleep(1);
        }
        double process = PROCESS.getProcessCpuTime() - all;
        Arrays.sort(calling);
        return calling[batches / 2] + " " + process / batch / batches;
    }

    public static void main(String[] arguments) throws Exception {
        int batch = Integer.parseInt(arguments[0]);
        int batches = Integer.parseInt(arguments[1]);
        AWSXRay.setGlobalRecorder(AWSXRayRecorderBuilder.standard()
                .withSamplingStrategy(new AllSamplingStrategy())
                .build());
        // Until it is compiled.
        measure(batch, 1000);
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(line.equals("round") ? measure(batch, batches) : "NaN NaN NaN");
        }
    }
}
